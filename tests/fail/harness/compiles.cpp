// SPDX-License-Identifier: BSL-1.0
// The runner finds that nothing is refused here.
// EXPECT: the message that users see
int harness();
