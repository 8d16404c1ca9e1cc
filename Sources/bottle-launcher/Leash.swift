// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Becomes another program that the kernel kills when the process that started it dies, however that happens.
enum Leash {
    /// - Parameter arguments: The pid of the process that started this one, then the program and its arguments.
    static func run(_ arguments: [[UInt8]]) -> Never {
        guard arguments.count >= 2, let parent = Files.numbers(arguments[0]).first.flatMap({ Int32(exactly: $0) })
        else { launcher_exit(64) }
        _ = launcher_die_with_parent()
        // It may have died before the signal was asked for.
        guard launcher_getppid() == parent else { launcher_exit(0) }
        let failure = Program(inheriting: Array(arguments.dropFirst())).execute()
        _ = Files.write(2, Array((failure.text + "\n").utf8))
        launcher_exit(127)
    }
}
