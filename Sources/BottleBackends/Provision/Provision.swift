// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver
package import BottleSystem

/// What is carried into a guest before its agent starts, as one archive: prompt, skills, workspace.
///
/// Everything is a copy, belongs to the agent, and is put at its place by `bottle-probe unpack` or an engine.
package struct Provision: Sendable {
    /// Where the user's directory lands, for an agent with `copy_cwd`.
    package static let workspace = "\(Contract.agentHome)/workspace"

    /// How much of a skill is taken.
    private static let skillLimits = SourceTree.Limits(bytes: 32 << 20, entries: 10_000)
    /// How much of the user's directory is taken; the guest's home has 1 GiB. Links out of it are everyday there (a
    /// virtual environment has some): they arrive as links, and lead to the guest's own files.
    private static let workspaceLimits = SourceTree.Limits(
        bytes: 256 << 20, entries: 50_000, admitsOutwardLinks: true)

    /// What of a repository runs something, says with which credentials somebody came, or leads to other repositories;
    /// submodules are fetched anew, through the gate.
    private static let leftOutOfRepositories: Set<String> = [
        ".git/config", ".git/config.worktree", ".git/credentials", ".git/hooks", ".git/logs", ".git/FETCH_HEAD",
        ".git/modules", ".git/worktrees",
    ]

    /// In the order in which they are made, each directory before what is in it; absolute paths in the guest.
    package private(set) var entries: [SourceTree.Entry] = []

    package init() {}

    /// Reads everything that a bottle's agent brings along, from the host.
    ///
    /// - Parameters:
    ///   - environment: The host's, for the variable that moves the skills.
    ///   - faults: What is left out or put elsewhere on purpose.
    /// - Throws: `.input` naming a skill that is missing or cannot be taken, and the agent that asks for it; `.usage` for
    ///   a bad variable; `.io`.
    package static func read(
        _ plan: BottlePlan, _ request: LaunchRequest, environment: [String: String], faults: Set<Fault> = []
    ) throws(BottleError) -> Provision {
        var provision = Provision()
        let stale = "You are an agent of an earlier launch. Wait for instructions.\n"
        if !faults.contains(.noprompt), !(faults.contains(.skipempty) && plan.prompt.isEmpty) {
            try provision.add(prompt: faults.contains(.staleprompt) ? stale : plan.prompt)
        }
        let wanted = try GuestSkills.directory(environment: environment)
        let skills = faults.contains(.wrongdir) ? "\(Contract.agentHome)/skills" : wanted
        var names = plan.skills
        if faults.contains(.allskills), let directory = request.manifestDirectory {
            names = HostFiles.names(in: "\(directory)/skills")
        }
        for name in names {
            do throws(BottleError) {
                try provision.add(
                    skill: name, at: skills, agent: plan.agentName, manifestDirectory: request.manifestDirectory)
            } catch {
                guard faults.contains(.warnskip) else { throw error }
            }
        }
        if plan.copyCwd {
            guard let workspace = request.workspace else {
                throw BottleError(
                    .usage, "The agent \(plan.agentName) copies the directory you work in, and none is known.")
            }
            try provision.add(workspace: workspace)
        }
        return provision
    }

    /// The prompt file, which is there also when it is empty.
    package mutating func add(prompt: String) throws(BottleError) {
        entries.append(
            SourceTree.Entry(path: Contract.promptPath, mode: 0o600, content: .file(Array(prompt.utf8))))
    }

    private mutating func add(
        skill name: String, at directory: String, agent: String, manifestDirectory: String?
    ) throws(BottleError) {
        let source = "\(manifestDirectory ?? "")/\(GuestSkills.source(of: name))"
        guard manifestDirectory != nil, HostFiles.kind(of: source) == .directory else {
            throw BottleError(
                .input,
                """
                The skill \(Quoted(name)) that agent \(Quoted(agent)) asks for is not a directory at \(source); put it \
                there or remove it from the manifest.
                """)
        }
        let tree = try SourceTree.read(source, what: "the skill '\(name)'", limits: Self.skillLimits)
        add(tree, at: "\(directory)/\(name)")
    }

    private mutating func add(workspace: String) throws(BottleError) {
        let hasRepository = HostFiles.kind(of: "\(workspace)/.git") == .directory
        // A file of the name ".git" leads to a repository elsewhere on the host.
        let exclusions = hasRepository ? Self.leftOutOfRepositories : [".git"]
        var tree = try SourceTree.read(
            workspace, what: "the directory you work in", limits: Self.workspaceLimits,
            skip: { exclusions.contains($0) })
        if hasRepository {
            guard let config = HostFiles.contents(of: "\(workspace)/.git/config", limit: 1 << 20) else {
                throw BottleError(.input, "\(workspace)/.git/config cannot be read; the repository cannot be copied.")
            }
            let kept = try GitConfigFilter.filtered(String(decoding: config, as: UTF8.self))
            tree.entries.append(
                SourceTree.Entry(path: ".git/config", mode: 0o644, content: .file(Array(kept.utf8))))
        }
        add(tree, at: Self.workspace)
    }

    /// The entries of these skills, wherever they land.
    func ofSkills(_ names: [String]) -> [SourceTree.Entry] { entries.filter { isOfSkill($0, names) } }

    /// Everything else.
    func withoutSkills(_ names: [String]) -> Provision {
        var rest = self
        rest.entries.removeAll { isOfSkill($0, names) }
        return rest
    }

    private func isOfSkill(_ entry: SourceTree.Entry, _ names: [String]) -> Bool {
        names.contains { entry.path.hasSuffix("/skills/\($0)") || entry.path.contains("/skills/\($0)/") }
    }

    private mutating func add(_ tree: SourceTree, at directory: String) {
        // Named one by one: an engine would make what is missing on the way as root.
        var path = Contract.agentHome
        if directory.hasPrefix("\(path)/") {
            for part in directory.dropFirst(path.count + 1).split(separator: "/") {
                path += "/\(part)"
                guard !entries.contains(where: { $0.path == path }) else { continue }
                entries.append(SourceTree.Entry(path: path, mode: 0o755, content: .directory))
            }
        } else {
            entries.append(SourceTree.Entry(path: directory, mode: 0o755, content: .directory))
        }
        for var entry in tree.entries {
            entry.path = "\(directory)/\(entry.path)"
            entries.append(entry)
        }
    }

    /// The archive, its paths relative to the guest's root; all of it is the agent's.
    ///
    /// - Throws: `.input` for a path that an archive cannot have.
    package func archive(owner: TarArchive.Owner = .agent) throws(BottleError) -> [UInt8] {
        var archive = TarArchive()
        try add(to: &archive, owner: owner)
        return archive.bytes
    }

    /// Adds everything to an archive that holds other things as well.
    func add(to archive: inout TarArchive, owner: TarArchive.Owner = .agent) throws(BottleError) {
        for entry in entries {
            let path = String(entry.path.dropFirst())
            switch entry.content {
            case .directory: try archive.add(directory: path, mode: entry.mode, owner: owner)
            case .file(let bytes): try archive.add(file: path, bytes, mode: entry.mode, owner: owner)
            case .link(let target): try archive.add(symlink: path, to: target, owner: owner)
            }
        }
    }
}
