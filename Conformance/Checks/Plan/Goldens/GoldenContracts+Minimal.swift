// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Generated from Fixtures/golden/contract by the tests with BOTTLE_RECORD=1.

extension GoldenContracts {
    static let minimal = ##"""
        {
          "addresses": {
            "bundle": "10.77.196.2",
            "gateway": "10.77.196.1",
            "subnet": "10.77.196.0/24"
          },
          "agent": {
            "command": [
              "claude",
              "--append-system-prompt-file",
              "/home/node/.claude-bottle-prompt.txt"
            ],
            "copy_cwd": false,
            "name": "helper",
            "prompt": [
              "Say hello.",
              ""
            ],
            "prompt_file": "<bottle>/agent/prompt.txt",
            "skills": []
          },
          "allow": [
            "10.77.196.2/32"
          ],
          "bundle": {
            "daemons": "egress,pipelock",
            "environment": {},
            "mounts": [
              "<bottle>/pipelock/* -> /etc/bottle/pipelock-ca-key.pem (read-only)",
              "<bottle>/pipelock/* -> /etc/bottle/pipelock-ca.pem (read-only)",
              "<bottle>/pipelock/pipelock.yaml -> /etc/bottle/pipelock.yaml (read-only)"
            ],
            "tokens": []
          },
          "daemons": "egress,pipelock",
          "egress": {
            "ca": null,
            "config": null,
            "routes": [],
            "tokens": [],
            "upstream": null
          },
          "environment": {
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_ERROR_REPORTING": "1",
            "HTTPS_PROXY": "http://10.77.196.2:8888",
            "HTTP_PROXY": "http://10.77.196.2:8888",
            "NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt",
            "NO_PROXY": "localhost,127.0.0.1",
            "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
            "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
            "http_proxy": "http://10.77.196.2:8888",
            "https_proxy": "http://10.77.196.2:8888",
            "no_proxy": "localhost,127.0.0.1"
          },
          "git_gate": {
            "access": null,
            "entrypoint": null,
            "gitleaks": null,
            "hook": null,
            "upstreams": []
          },
          "machine": "claude-bottle-standard-minimal",
          "pipelock": {
            "allowlist": [],
            "ca": {
              "certificate": "<bottle>/pipelock/*",
              "key": "<bottle>/pipelock/*"
            },
            "config": "<bottle>/pipelock/pipelock.yaml"
          },
          "slug": "standard-minimal",
          "state": {
            "agent": "<bottle>/agent",
            "egress": "<bottle>/egress",
            "git-gate": "<bottle>/git-gate",
            "pipelock": "<bottle>/pipelock",
            "supervise": "<bottle>/supervise"
          },
          "supervise": null
        }

        """##
}
