// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import ConformanceReports

/// The two schemas that consumers enforce, checked by libxml2.
@Suite(
    .enabled(if: SchemaValidator.isPossible, "needs xmllint, and the schemas in ../shared/data beside the repository"))
struct JUnitSchemaTests {
    @Test(.timeLimit(.minutes(3)), arguments: SampleRun.all)
    func reportsAreValidUnderBothSchemas(run: SampleRun) async throws {
        try await withScratchDirectory { directory in
            let document = directory.appending(path: "report.xml")
            try Data(JUnitReport.render(RunRecord(run.events)).utf8).write(to: document)
            for schema in SchemaValidator.schemas {
                let (status, errors) = try await SchemaValidator.validate(document, against: schema)
                #expect(status == 0, "\(schema.lastPathComponent): \(errors)")
            }
        }
    }

    /// The control: what one schema forbids is found, so that a silent xmllint would be noticed.
    @Test(.timeLimit(.minutes(1)))
    func aBrokenReportIsFound() async throws {
        try await withScratchDirectory { directory in
            let document = directory.appending(path: "report.xml")
            let text = JUnitReport.render(RunRecord(SampleRun.green.events))
            let broken = text.split(separator: " hostname=\"localhost\"").joined().split(separator: " name=\"NET-02")
                .joined(separator: " label=\"NET-02")
            #expect(broken != text)
            try Data(broken.utf8).write(to: document)
            for schema in SchemaValidator.schemas {
                #expect(
                    try await SchemaValidator.validate(document, against: schema).0 != 0, "\(schema.lastPathComponent)")
            }
        }
    }
}
