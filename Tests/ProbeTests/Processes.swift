// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Looks into /proc, with a deadline instead of a pause.
enum Processes {
    /// The children of a process as soon as there are any; empty after so many seconds.
    static func children(of parent: pid_t, within seconds: Double) -> [pid_t] {
        let end = Date().addingTimeInterval(seconds)
        repeat {
            let found = all().filter { stat($0)?.parent == parent }
            if !found.isEmpty { return found }
            sched_yield()
        } while Date() < end
        return []
    }

    /// Whether the process ends, or is only waited for, before so many seconds are over.
    static func isGone(_ process: pid_t, within seconds: Double) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        repeat {
            guard let found = stat(process), found.state != "Z" else { return true }
            sched_yield()
        } while Date() < end
        return false
    }

    /// Whether the process comes to handle a signal before so many seconds are over.
    static func handles(_ signal: Int32, in process: pid_t, within seconds: Double) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        repeat {
            let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
            let row = text.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
            let mask = row?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
            if mask & (1 << UInt64(signal - 1)) != 0 { return true }
            sched_yield()
        } while Date() < end
        return false
    }

    /// Whether a process with this argument comes up before so many seconds are over.
    static func isThere(named argument: String, within seconds: Double) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        repeat {
            if isThere(named: argument) { return true }
            sched_yield()
        } while Date() < end
        return false
    }

    /// Whether no process has this argument any more, before so many seconds are over.
    static func areGone(named argument: String, within seconds: Double) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        repeat {
            if !isThere(named: argument) { return true }
            sched_yield()
        } while Date() < end
        return false
    }

    /// One that has ended, and is only waited for, has no arguments.
    private static func isThere(named argument: String) -> Bool {
        all().contains { process in
            let bytes = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
            return bytes.split(separator: 0).contains(Data(argument.utf8))
        }
    }

    private static func all() -> [pid_t] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
    }

    private static func stat(_ process: pid_t) -> (state: Substring, parent: pid_t)? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
        return (fields[0], parent)
    }
}
