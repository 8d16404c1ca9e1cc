// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import FoundationEssentials

/// What a run takes along into a lab.
extension RunCommand {
    /// The files that the run reads.
    ///
    /// - Throws: `.usage` for what a lab cannot have, `.input` for a file that cannot be brought.
    func labInputs(_ choice: ManifestChoice?) throws(BottleError) -> LabInputs {
        try LabInputs.requireOwnEngine(engine)
        try LabInputs.requireOwnImage()
        if let pipelock {
            throw BottleError(.usage, "--pipelock \(pipelock) is not taken into a lab; leave out --lab")
        }
        return try LabInputs(manifest: choice, goldens: goldens)
    }

    /// The same command line again, but for files and for where it runs.
    var labArguments: [String] {
        var words = ["run", "--lab", "never", "--profile", profile, "--jobs", "\(jobs)"]
        // A run that names no backend says at its end that it was not the user's.
        if let backend { words += ["--backend", backend] }
        if let agent { words += ["--agent", agent] }
        for pattern in select { words += ["--select", pattern] }
        for pattern in skip { words += ["--skip", pattern] }
        if let level { words += ["--level", level.rawValue] }
        if strict { words.append("--strict") }
        let milliseconds = Int((timeout?.duration ?? Self.labPatience) / .milliseconds(1))
        // Each unit has an upper limit on the command line.
        words += [
            "--timeout", milliseconds < 86_400_000 ? "\(milliseconds)ms" : "\(min(milliseconds / 1000, 86_400_000))s",
        ]
        // Nothing there is a terminal; whether this is one was decided here.
        return words + ["--color", color.isOn ? "always" : "never"]
    }
}
