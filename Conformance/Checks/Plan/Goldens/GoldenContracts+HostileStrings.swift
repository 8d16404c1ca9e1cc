// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Generated from Fixtures/golden/contract by the tests with BOTTLE_RECORD=1.

extension GoldenContracts {
    static let hostileStrings = ##"""
        {
          "addresses": {
            "bundle": "10.77.238.2",
            "gateway": "10.77.238.1",
            "subnet": "10.77.238.0/24"
          },
          "agent": {
            "command": [
              "claude",
              "--append-system-prompt-file",
              "/home/node/.claude-bottle-prompt.txt"
            ],
            "copy_cwd": false,
            "name": "hostile.name_1-x",
            "prompt": [
              "--append-system-prompt-file /etc/passwd",
              "'; rm -rf / #",
              "\t\u0001\u2028 \\n %s %n {{x}} </prompt>"
            ],
            "prompt_file": "<bottle>/agent/prompt.txt",
            "skills": []
          },
          "allow": [
            "10.77.238.2/32"
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
            "DASHES": "--",
            "DISABLE_ERROR_REPORTING": "1",
            "EMPTY": "",
            "EQUALS": "A=B=C",
            "HTTPS_PROXY": "http://10.77.238.2:8888",
            "HTTP_PROXY": "http://10.77.238.2:8888",
            "NEWLINES": "first\nsecond\r\nthird\n",
            "NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt",
            "NO_PROXY": "localhost,127.0.0.1",
            "QUOTES": "it's \"quoted\" and $(id) and `id` and ${HOME}",
            "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
            "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
            "UNICODE": "\u202eright to left \u0007 bell 😀",
            "YAML": "- *anchor &x !tag {a: b} # no comment",
            "http_proxy": "http://10.77.238.2:8888",
            "https_proxy": "http://10.77.238.2:8888",
            "no_proxy": "localhost,127.0.0.1"
          },
          "git_gate": {
            "access": null,
            "entrypoint": null,
            "gitleaks": null,
            "hook": null,
            "upstreams": []
          },
          "machine": "claude-bottle-standard-hostile-strings",
          "pipelock": {
            "allowlist": [],
            "ca": {
              "certificate": "<bottle>/pipelock/*",
              "key": "<bottle>/pipelock/*"
            },
            "config": "<bottle>/pipelock/pipelock.yaml"
          },
          "slug": "standard-hostile-strings",
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
