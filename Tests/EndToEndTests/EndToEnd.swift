// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

/// The tests that run the built tool, one at a time: they look at what a run leaves on the machine, and the kernel gives
/// the number of a dead namespace to the next one.
@Suite(.serialized)
enum EndToEnd {}
