// SPDX-License-Identifier: BSL-1.0
// The runner finds that this is refused for another reason.
// EXPECT: the message that users see
#ifndef ETAPE_CONTROL
static_assert(sizeof(int) == 0, "some other message"); // the message that users see
#endif
