// SPDX-License-Identifier: BSL-1.0
// The runner finds that the control is refused as well.
// EXPECT: the message that users see
static_assert(sizeof(int) == 0, "the message that users see");
