// The inner loops of one instruction set, gathered under LEVEL_NAME.
#pragma once
#include "../levels.h"
#include "elementwise.h"
#include "rows.h"
#include "gradients.h"
#include "dots.h"
#include "panels.h"
#include "attention.h"
#include "recurrence.h"
#include "scan.h"

const ork_level LEVEL_TABLE = {
  LEVEL_NAME, left, right, unary_run, gated_run, binary_run, widen_run, narrow_run, softmax_row, log_softmax_row,
  rms_norm_row, layer_norm_row, slope_run, gated_slope_run, softmax_back_row, norm_back_row, add_row, reduce_row, rotate_row, dots, panel_pack_left, panel_pack_right, panel_multiply,
  attend_many, attend_few,
  recurrence_columns, recur_columns, recur_back, wkv_channels, scan_width, scan_channels, convolve_channels,
};
