//! Tests against real browsers, servers and other stacks.
