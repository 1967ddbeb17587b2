// The inner loops of one instruction set, gathered under LEVEL_NAME.
#pragma once
#include "../levels.h"
#include "elementwise.h"
#include "rows.h"
#include "gradients.h"
#include "dots.h"
#include "panels.h"
#include "attention.h"
#include "attention_back.h"
#include "recurrence.h"
#include "scan.h"
#include "long.h"
#include "learning.h"

const ork_level LEVEL_TABLE = {
  LEVEL_NAME, left, right, unary_run, gated_run, binary_run, widen_run, narrow_run, softmax_row, log_softmax_row,
  rms_norm_row, layer_norm_row, slope_run, gated_slope_run, softmax_back_row, norm_back_row, add_row, reduce_row, rotate_row, dots, panel_pack_left, panel_pack_right, panel_multiply,
  attend_many, attend_few, attend_back,
  recurrence_columns, recur_columns, recur_back, wkv_channels, scan_width, scan_channels, scan_back_channels, convolve_channels, convolve_back_channels,
  adamw_run, momentum_run, average_run, squares_run,
  convolve_long, convolve_long_back,
};
