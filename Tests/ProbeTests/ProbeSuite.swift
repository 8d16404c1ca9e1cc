// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

/// Everything in order: several tests measure time, and each starts processes of its own.
@Suite(.serialized) enum ProbeSuite {}
