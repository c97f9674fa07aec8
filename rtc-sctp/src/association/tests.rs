//! Tests of the association from inside.
