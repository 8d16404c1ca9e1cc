// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// A bottle to work in, as the author of a sandbox uses it.
    @Suite(.timeLimit(.minutes(5)))
    struct BottleTests {
        @Test func `a command's streams and its end come through`() async throws {
            try await withBottle { tool in
                let output = try await tool.shell(
                    """
                    "$TOOL" bottle exec b -- /bin/sh -c 'exit 7'; echo "code $?"
                    "$TOOL" bottle exec b -- /bin/sh -c 'kill -TERM $$'; echo "code $?"
                    echo typed | "$TOOL" bottle exec b -- /bin/sh -c 'read line; echo "got $line"'
                    "$TOOL" bottle exec b -- /bin/sh -c 'echo aside >&2' 2>&1 >/dev/null
                    "$TOOL" bottle exec b -- /bin/sh -c 'head -c 5000000 /dev/zero' | wc -c
                    "$TOOL" bottle exec b -- /nosuch; echo "code $?"
                    "$TOOL" bottle exec b -- /etc/passwd; echo "code $?"
                    echo 'echo from a script; exit 3' | "$TOOL" bottle shell b; echo "code $?"
                    """)
                let expected = ["code 7", "code 143", "got typed", "aside", "5000000"]
                let lines = output.stdout.split(separator: "\n").map(String.init)
                #expect(lines.prefix(5).map { $0.trimmingCharacters(in: .whitespaces) } == expected, "\(output)")
                #expect(lines.suffix(4) == ["code 127", "code 126", "from a script", "code 3"], "\(output)")
                #expect(output.stderr.contains("/nosuch"), "\(output)")
            }
        }

        @Test func `the caller's own descriptors never enter the guest`() async throws {
            try await withBottle { tool in
                // Files as stdin, stdout and stderr: inside, all three are pipes.
                let output = try await tool.shell(
                    """
                    echo mine > own; "$TOOL" bottle exec b -- /bin/sh -c \
                        'for n in 0 1 2; do test -p /proc/self/fd/$n || echo "$n leaks"; done; cat' \
                        < own > out 2>&1; cat out
                    """)
                #expect(output.stdout == "mine\n", "\(output)")
            }
        }

        @Test func `a pipe around up ends when up ends`() async throws {
            try await Tool.withTool { tool in
                // `cat` ends only when the last writer of the pipe does: stdout, stderr, or any other descriptor.
                let outcome = try await tool.shell(
                    "{ \"$TOOL\" bottle up --name b 2>&1 3>&1; } | cat; cd /; \"$TOOL\" bottle exec b -- /bin/echo in")
                #expect(outcome.stdout == "b\nin\n", "\(outcome)")
                let down = try await tool.run("bottle", "down", "b")
                #expect(down.status == 0, "\(down)")
            }
        }

        @Test func `a bottle whose name nobody could read is taken down`() async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.shell("\"$TOOL\" bottle up --name b >/dev/full")
                #expect(outcome.status == 2, "\(outcome)")
                #expect(outcome.stderr.contains("taken down"), "\(outcome)")
                let exec = try await tool.run("bottle", "exec", "b", "--", "/bin/true")
                #expect(exec.status == 64, "\(exec)")
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `a name is taken once`() async throws {
            try await withBottle { tool in
                let again = try await tool.run("bottle", "up", "--name", "b")
                #expect(again.status == 2, "\(again)")
                #expect(again.stderr.contains("choose another"), "\(again)")
                let collected = try await tool.run("gc")
                #expect(collected.status == 0 && collected.stdout.isEmpty, "\(collected)")
                let alive = try await tool.run("bottle", "exec", "b", "--", "/bin/echo", "alive")
                #expect(alive.stdout == "alive\n", "\(alive)")
            }
        }

        @Test(arguments: [SIGKILL, SIGINT, SIGTERM, SIGHUP])
        func `a command ends with the client that started it`(signal: Int32) async throws {
            try await withBottle { tool in
                let client = try tool.start(["bottle", "exec", "b", "--", "/bin/sh", "-c", "echo up; exec sleep 987"])
                try await tool.poll("the command runs") { try await count(tool, "sleep 987") == 1 }
                kill(client.processIdentifier, signal)
                _ = try await tool.finish(client)
                try await tool.poll("the command is gone") { try await count(tool, "sleep 987") == 0 }
            }
        }

        @Test func `down ends running commands, and they say so`() async throws {
            try await Tool.withTool { tool in
                let up = try await tool.run("bottle", "up", "--name", "b")
                #expect(up.status == 0, "\(up)")
                let client = try tool.start(["bottle", "exec", "b", "--", "/bin/sleep", "987"])
                try await tool.poll("the command runs") { try await count(tool, "sleep 987") == 1 }
                let down = try await tool.run("bottle", "down", "b")
                #expect(down.status == 0, "\(down)")
                let exec = try await tool.finish(client)
                #expect(exec.status == 2, "\(exec)")
                #expect(exec.stderr.contains("taken down while the command ran"), "\(exec)")
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `a shell has the user's terminal, its size and its Ctrl-C, and ends with its process`() async throws
        {
            try await withBottle { tool in
                // What is typed waits for what is seen; the file of what is seen is `typed`.
                let outcome = try await tool.shell(
                    #"""
                    touch typed
                    see() { for try in $(seq 400); do grep -q "$1" typed && return; sleep 0.05; done; }
                    { see '50 132'; printf 'echo sleeping; sleep 987\n'; see '^sleeping'; printf '\003'
                      printf 'echo still $((40 + 2))\n'; see 'still 42'; printf 'sleep 986 &\nexit 5\n'; } |
                    script -qefc "stty rows 50 cols 132; '$TOOL' bottle exec -t b -- sh -c 'stty size; exec sh -i'" \
                      typed >/dev/null
                    echo "code $?"; cat typed
                    """#)
                #expect(outcome.stdout.contains("code 5"), "\(outcome)")
                #expect(outcome.stdout.contains("still 42"), "\(outcome)")
            }
        }

        @Test func `a holder that is killed is said to be gone, and swept`() async throws {
            try await Tool.withTool { tool in
                let holder = try tool.start(["bottle", "up", "--foreground", "--name", "b"])
                try await tool.poll("the bottle is up") {
                    try await tool.run("bottle", "exec", "b", "--", "/bin/true").status == 0
                }
                kill(holder.processIdentifier, SIGKILL)
                _ = try await tool.finish(holder)
                let exec = try await tool.run("bottle", "exec", "b", "--", "/bin/true")
                #expect(exec.status == 64, "\(exec)")
                #expect(exec.stderr.contains("there is no bottle 'b'"), "\(exec)")
                let dry = try await tool.run("gc", "--dry-run")
                #expect(dry.stdout.hasPrefix("would remove ") && dry.stdout.hasSuffix("/b\n"), "\(dry)")
                #expect(try tool.bottles == ["b"])
                let swept = try await tool.run("gc")
                #expect(swept.stdout.hasPrefix("removed "), "\(swept)")
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `the name of a bottle whose holder was killed is free again`() async throws {
            try await Tool.withTool { tool in
                for _ in 0..<2 {
                    let holder = try tool.start(["bottle", "up", "--foreground", "--name", "b"])
                    try await tool.poll("the bottle is up") {
                        try await tool.run("bottle", "exec", "b", "--", "/bin/true").status == 0
                    }
                    kill(holder.processIdentifier, SIGKILL)
                    _ = try await tool.finish(holder)
                }
                _ = try await tool.run("gc")
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `an interrupted up leaves no bottle`() async throws {
            try await Tool.withTool { tool in
                for milliseconds in [5, 40, 120, 300] {
                    let process = try tool.start(["bottle", "up", "--foreground", "--name", "b"])
                    try await Task.sleep(for: .milliseconds(milliseconds))
                    kill(process.processIdentifier, SIGTERM)
                    let outcome = try await tool.finish(process)
                    #expect(outcome.status == 0 || outcome.status == 143, "\(outcome)")
                    #expect(try tool.bottles.isEmpty, "\(outcome)")
                }
            }
        }

        private func withBottle(_ body: (Tool) async throws -> Void) async throws {
            try await Tool.withTool { tool in
                let up = try await tool.run("bottle", "up", "--name", "b")
                #expect(up.status == 0 && up.stdout == "b\n", "\(up)")
                do {
                    try await body(tool)
                } catch {
                    _ = try await tool.run("bottle", "down", "b")
                    throw error
                }
                let down = try await tool.run("bottle", "down", "b")
                #expect(down.status == 0, "\(down)")
                #expect(try tool.bottles.isEmpty)
            }
        }

        /// Processes of this machine with that command line; a guest's are among them.
        private func count(_ tool: Tool, _ text: String) async throws -> Int {
            let wanted = text.split(separator: " ").map(String.init)
            return try FileManager.default.contentsOfDirectory(atPath: "/proc").count { name in
                guard Int32(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
                else { return false }
                let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                return words.count == wanted.count && words[0].hasSuffix(wanted[0])
                    && words.dropFirst() == wanted.dropFirst()
            }
        }
    }
}
