// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// The evidence of one check in an event log: what `judge` needs to come to the same verdict again.
///
/// Plain structs of the contract are written field by field as they are; a test pins that form. What has sets, enums
/// with payload or bytes has a record of its own.
struct EvidenceRecord: Codable {
    struct HelloRecord: Codable {
        var name: String
        var version: String
        var kind: BackendKind
        var capabilities: [String]
        var declined: [String: String]
        var artefacts: [String]
        var tools: [String]
        var maxParallel: Int

        init(_ hello: Hello) {
            name = hello.name
            version = hello.version
            kind = hello.kind
            capabilities = hello.capabilities.sorted()
            declined = hello.declined
            artefacts = hello.artefacts.sorted()
            tools = hello.tools
            maxParallel = hello.maxParallel
        }

        /// The runtime value again.
        var value: Hello {
            Hello(
                name: name, version: version, kind: kind, capabilities: Set(capabilities), declined: declined,
                artefacts: Set(artefacts), tools: tools, maxParallel: maxParallel)
        }
    }

    struct SessionRecord: Codable {
        var failure: String?
        var plan: BottlePlan?
        var description: BottleDescription?
        var field: SessionField?
        var probes: [String: ProbeRecord]
        var execs: [String: ExecRecord]
        var witness: [WitnessLine]
        var controls: [ControlRecord]
        var unfenced: [String]
        var logs: [LogRecord]
        var issuedNonces: [String]
        var sources: SourceEvidence?
        var missedMeeting: String?
        var hostVariables: [String: String]?
        var authorities: [String: AuthorityEvidence]?

        init(_ session: SessionEvidence) {
            failure = session.failure
            plan = session.plan
            description = session.description
            field = session.field
            probes = session.probes.mapValues(ProbeRecord.init)
            execs = session.execs.mapValues(ExecRecord.init)
            witness = session.witness.map(WitnessLine.init)
            controls = session.controls
            unfenced = session.unfenced
            logs = session.logs
            issuedNonces = session.issuedNonces.sorted()
            sources = session.sources
            missedMeeting = session.missedMeeting
            hostVariables = session.hostVariables.isEmpty ? nil : session.hostVariables
            authorities = session.authorities.isEmpty ? nil : session.authorities
        }

        /// The runtime value again.
        var value: SessionEvidence {
            var session = SessionEvidence(plan: plan, description: description, field: field)
            session.failure = failure
            session.probes = probes.mapValues(\.value)
            session.execs = execs.mapValues(\.value)
            session.witness = witness.map(\.value)
            session.controls = controls
            session.unfenced = unfenced
            session.logs = logs
            session.issuedNonces = Set(issuedNonces)
            session.sources = sources
            session.missedMeeting = missedMeeting
            session.hostVariables = hostVariables ?? [:]
            session.authorities = authorities ?? [:]
            return session
        }
    }

    struct WitnessLine: Codable {
        var canary: String
        var time: Double
        var peer: String
        var nonces: [String]
        var bytes: BytesRecord
        var serverName: String?

        init(_ record: WitnessRecord) {
            canary = record.canary
            time = record.time
            peer = record.peer
            nonces = record.nonces
            bytes = BytesRecord(record.bytes)
            serverName = record.serverName
        }

        /// The runtime value again.
        var value: WitnessRecord {
            WitnessRecord(
                canary: canary, time: time, peer: peer, nonces: nonces, bytes: bytes.bytes, serverName: serverName)
        }
    }

    /// One answer to a plan step; the set of kinds in a step is written in order.
    struct PlanRecord: Codable {
        var key: String
        var manifest: Manifest
        var agentName: String
        var slug: String
        var artefacts: [String]
        /// Made up by a check: nobody's secret.
        var plantedTokens: [String: String]
        var goldens: [String: String]
        var report: PlanReport?
        var error: String?
        var refused: Bool
        var repeatable: Bool?

        init(_ outcome: PlanOutcome) {
            key = outcome.step.key
            manifest = outcome.step.manifest
            agentName = outcome.step.agentName
            slug = outcome.step.slug
            artefacts = outcome.step.artefacts.map(\.rawValue).sorted()
            plantedTokens = outcome.step.plantedTokens
            goldens = outcome.step.goldens
            report = outcome.report
            error = outcome.error
            refused = outcome.refused
            repeatable = outcome.repeatable
        }

        /// The runtime value again.
        var value: PlanOutcome {
            PlanOutcome(
                step: PlanStep(
                    key: key, manifest: manifest, agentName: agentName, slug: slug,
                    artefacts: Set(artefacts.map { Artefact.Kind($0) }), plantedTokens: plantedTokens,
                    goldens: goldens),
                report: report, error: error, refused: refused, repeatable: repeatable)
        }
    }

    var hello: HelloRecord
    var hosts: [HostIdentity]
    var plans: [String: PlanRecord]
    var trials: [String: HostTrialOutcome]
    /// By session name: a dictionary with another key than a string would be written as an unordered list.
    var sessions: [String: SessionRecord]

    init(_ evidence: Evidence) {
        hello = HelloRecord(evidence.hello)
        hosts = evidence.hosts
        plans = evidence.plans.mapValues(PlanRecord.init)
        trials = evidence.trials
        sessions = Dictionary(
            uniqueKeysWithValues: evidence.sessions.map { ($0.key.rawValue, SessionRecord($0.value)) })
    }

    /// The runtime value again.
    var value: Evidence {
        var known: [Session: SessionEvidence] = [:]
        for (name, record) in sessions {
            if let session = Session(rawValue: name) { known[session] = record.value }
        }
        return Evidence(
            hello: hello.value, hosts: hosts, plans: plans.mapValues(\.value), trials: trials, sessions: known)
    }
}
