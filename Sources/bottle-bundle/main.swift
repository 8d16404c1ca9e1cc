// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleSidecars

await BundleCommand.main(CommandLine.arguments)
