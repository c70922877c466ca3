// A part of the gradus program, which is no library, for the tests here.
#include "tools/writer.cpp"
