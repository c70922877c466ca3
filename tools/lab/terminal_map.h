#pragma once
#include <cstdint>
#include <string>

#include "tools/lab/heatmap.h"
#include "tools/lab/sheet.h"

namespace gradus::lab {

/// What a terminal can show: letters of ASCII, of Unicode, 256 colours, or all of them.
enum class TerminalColours { ascii, none, indexed256, truecolour };

/// Of standard output, by TERM, COLORTERM, NO_COLOR and the locale: no colours where it is no terminal, or where NO_COLOR
/// forbids them, and ASCII where the locale has nothing else.
TerminalColours terminal_colours(bool is_terminal);

/// A map with its title and legend, at most `columns` (and 20) wide: cells in the colours of cividis(), two columns wide with their
/// labels where there is room, else one column wide and half a line high, of which each stands for a block's largest value
/// where that is needed. The future is left as the terminal is. Without colours it is text_heatmap.
std::string terminal_heatmap(const Heatmap& map, TerminalColours colours, std::int64_t columns);

/// All heads: a row of thumbnails for each layer with names and labels, broken where it would be wider than `columns`.
std::string terminal_sheet(const HeadSheet& sheet, TerminalColours colours, std::int64_t columns);

}  // namespace gradus::lab
