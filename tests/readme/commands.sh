#!/usr/bin/env bash
# The README's other commands, on small runs.   commands.sh SOURCE BUILD
set -euo pipefail
[ -x "$2/gradus" ] || { echo "skipped: the program is not part of this build"; exit 77; }
export PATH="$2:$PATH"
gradus info
gradus train --steps 4 --eval-every 0 --sample-every 0 --out runs/tales
gradus generate runs/tales --tokens 30
gradus eval runs/tales
gradus eval runs/tales --tokens 5,17,3 --logits out.npy
gradus attend runs/tales
gradus attend runs/tales "the dog chased the hen because it was hungry"
gradus gradcheck softmax --order 2
for i in $(seq 400); do echo "To be, or not to be, that is the question:"; done > shakespeare.txt
gradus train --data shakespeare.txt --preset nano --dry-run
gradus train --data shakespeare.txt --preset nano --steps 2 --batch 2 --sample-every 0
gradus train --resume runs/shakespeare --steps 3000 --dry-run
gradus train --resume runs/shakespeare --steps 3
