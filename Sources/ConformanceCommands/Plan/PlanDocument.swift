// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// The stable machine form of a plan; token values are no part of it.
struct PlanDocument: Encodable {
    struct Route: Encodable {
        let host: String
        let scheme: String
        let port: UInt16
        let token: String
        let role: String?
    }

    struct Upstream: Encodable {
        let name: String
        let url: String
        let gate: String
    }

    struct Skill: Encodable {
        let name: String
        let source: String
        let target: String
    }

    struct Mount: Encodable {
        private enum CodingKeys: String, CodingKey {
            case source, target
            case isReadOnly = "read_only"
        }
        let source: String
        let target: String
        let isReadOnly: Bool
    }

    struct Bundle: Encodable {
        private enum CodingKeys: String, CodingKey {
            case name, environment, mounts
            case tokenVariables = "token_variables"
        }
        let name: String
        let environment: [String: String]
        let tokenVariables: [String]
        let mounts: [Mount]
    }

    struct File: Encodable {
        let kind: String
        let format: String
        let path: String
        let mode: String
        let text: String
    }

    struct Command: Encodable {
        let name: String
        let argv: [String]
    }

    private enum CodingKeys: String, CodingKey {
        case backend, slug, agent, subnet, gateway, allowlist, routes, supervise, skills, bundle, artefacts, commands
        case machineName = "machine_name"
        case bundleAddress = "bundle_ip"
        case guestAddress = "guest_ip"
        case allowCIDRs = "allow_cidrs"
        case guestEnvironment = "guest_env"
        case daemonsCSV = "daemons_csv"
        case agentCommand = "agent_command"
        case promptFile = "prompt_file"
        case guestPrompt = "guest_prompt_file"
        case stageDirectory = "stage_dir"
        case stateDirectories = "state_dirs"
        case agentFromPath = "agent_from_path"
        case gitUpstreams = "git_upstreams"
        case copyCwd = "copy_cwd"
    }

    let backend: String
    let slug: String
    let agent: String
    let machineName: String
    let subnet: String
    let gateway: String
    let bundleAddress: String
    let guestAddress: String
    let allowCIDRs: [String]
    let guestEnvironment: [String: String]
    let daemonsCSV: String
    let agentCommand: [String]
    let promptFile: String
    let guestPrompt: String
    let stageDirectory: String
    let stateDirectories: [String: String]
    let agentFromPath: String?
    let allowlist: [String]
    let routes: [Route]
    let gitUpstreams: [Upstream]
    let supervise: Bool
    let skills: [Skill]
    let copyCwd: Bool
    let bundle: Bundle
    let artefacts: [File]
    let commands: [Command]

    init(_ report: PlanReport, backend hello: Hello, skills: [Skill]) {
        let plan = report.plan
        backend = hello.name
        slug = plan.slug
        agent = plan.agentName
        machineName = report.machineName
        subnet = plan.addresses.subnet
        gateway = plan.addresses.gateway
        bundleAddress = plan.addresses.bundle
        guestAddress = plan.addresses.guest
        allowCIDRs = report.allowCIDRs
        guestEnvironment = plan.guestEnvironment
        daemonsCSV = report.daemonsCSV
        agentCommand = report.agentCommand
        promptFile = report.promptFile
        guestPrompt = Contract.promptPath
        stageDirectory = report.stageDirectory
        stateDirectories = report.stateDirectories
        agentFromPath = report.agentFromPath
        allowlist = plan.allowlist
        routes = plan.routes.map {
            Route(
                host: $0.host, scheme: $0.scheme.rawValue, port: $0.effectivePort, token: $0.tokenVariable,
                role: $0.role)
        }
        gitUpstreams = report.sidecars.gitGate.upstreams.map { Upstream(name: $0.name, url: $0.url, gate: $0.gateURL) }
        supervise = plan.supervise
        self.skills = skills
        copyCwd = plan.copyCwd
        bundle = Bundle(
            name: report.bundle.name, environment: report.bundle.environment,
            tokenVariables: report.bundle.tokenVariables,
            mounts: report.bundle.mounts.map {
                Mount(source: $0.source, target: $0.target, isReadOnly: $0.isReadOnly)
            })
        artefacts = report.artefacts.map {
            File(
                kind: $0.kind.rawValue, format: $0.format.rawValue, path: $0.path,
                mode: "0\(String($0.mode, radix: 8))", text: $0.text)
        }
        commands = report.commands.map { Command(name: $0.name, argv: $0.argv) }
    }
}
