// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Generated from Fixtures/golden/contract by the tests with BOTTLE_RECORD=1.

extension GoldenContracts {
    static let everything = ##"""
        {
          "addresses": {
            "bundle": "10.77.156.2",
            "gateway": "10.77.156.1",
            "subnet": "10.77.156.0/24"
          },
          "agent": {
            "command": [
              "claude",
              "--append-system-prompt-file",
              "/home/node/.claude-bottle-prompt.txt"
            ],
            "copy_cwd": true,
            "name": "writer",
            "prompt": [
              "Fix the failing test.",
              "",
              "Then stop.",
              ""
            ],
            "prompt_file": "<bottle>/agent/prompt.txt",
            "skills": [
              "review"
            ]
          },
          "allow": [
            "10.77.156.2/32"
          ],
          "bundle": {
            "daemons": "egress,pipelock,git-gate,supervise",
            "environment": {
              "EGRESS_UPSTREAM_PROXY": "http://127.0.0.1:8888",
              "SUPERVISE_BOTTLE_SLUG": "standard-everything",
              "SUPERVISE_QUEUE_DIR": "/var/lib/bottle/supervise"
            },
            "mounts": [
              "<bottle>/egress/* -> /etc/bottle/egress-ca-key.pem (read-only)",
              "<bottle>/egress/* -> /etc/bottle/egress-ca.pem (read-only)",
              "<bottle>/egress/routes.yaml -> /etc/bottle/routes.yaml (read-only)",
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/access (read-only)",
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/entrypoint.sh (read-only)",
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/gitleaks.toml (read-only)",
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/hooks/pre-receive (read-only)",
              "<bottle>/pipelock/* -> /etc/bottle/pipelock-ca-key.pem (read-only)",
              "<bottle>/pipelock/* -> /etc/bottle/pipelock-ca.pem (read-only)",
              "<bottle>/pipelock/pipelock.yaml -> /etc/bottle/pipelock.yaml (read-only)",
              "<bottle>/supervise/* -> /var/lib/bottle/supervise",
              "<manifest>/keys/app -> /etc/bottle/git-gate/identities/app (read-only)",
              "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/app (read-only)"
            ],
            "tokens": [
              "API_TOKEN",
              "REGISTRY_TOKEN"
            ]
          },
          "daemons": "egress,pipelock,git-gate,supervise",
          "egress": {
            "ca": {
              "certificate": "<bottle>/egress/*",
              "key": "<bottle>/egress/*"
            },
            "config": "<bottle>/egress/routes.yaml",
            "routes": [
              "http://registry.example.net:8081 REGISTRY_TOKEN",
              "https://api.example.com:443 API_TOKEN claude_code_oauth"
            ],
            "tokens": [
              "API_TOKEN",
              "REGISTRY_TOKEN"
            ],
            "upstream": "http://127.0.0.1:8888"
          },
          "environment": {
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_OAUTH_TOKEN": "egress-placeholder",
            "DISABLE_ERROR_REPORTING": "0",
            "EDITOR": "vi",
            "GIT_GATE_URL": "git://10.77.156.2:9418",
            "HTTPS_PROXY": "http://10.77.156.2:8888",
            "HTTP_PROXY": "http://10.77.156.2:8888",
            "MCP_SUPERVISE_URL": "http://10.77.156.2:9100",
            "NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt",
            "NO_PROXY": "localhost,127.0.0.1,10.77.156.2",
            "PORT": "8080",
            "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
            "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
            "http_proxy": "http://10.77.156.2:8888",
            "https_proxy": "http://10.77.156.2:8888",
            "no_proxy": "localhost,127.0.0.1,10.77.156.2"
          },
          "git_gate": {
            "access": "<bottle>/git-gate/*",
            "entrypoint": "<bottle>/git-gate/*",
            "gitleaks": "<bottle>/git-gate/*",
            "hook": "<bottle>/git-gate/*",
            "upstreams": [
              {
                "gate": "git://10.77.156.2:9418/app.git",
                "identity": "<manifest>/keys/app -> /etc/bottle/git-gate/identities/app (read-only)",
                "known_hosts": "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/app (read-only)",
                "name": "app",
                "url": "ssh://git@git.example.com/team/app.git"
              },
              {
                "gate": "git://10.77.156.2:9418/docs.git",
                "identity": null,
                "known_hosts": null,
                "name": "docs",
                "url": "https://git.example.com/team/docs.git"
              }
            ]
          },
          "machine": "claude-bottle-standard-everything",
          "pipelock": {
            "allowlist": [
              "*.packages.example.org",
              "api.example.com",
              "registry.example.net"
            ],
            "ca": {
              "certificate": "<bottle>/pipelock/*",
              "key": "<bottle>/pipelock/*"
            },
            "config": "<bottle>/pipelock/pipelock.yaml"
          },
          "slug": "standard-everything",
          "state": {
            "agent": "<bottle>/agent",
            "egress": "<bottle>/egress",
            "git-gate": "<bottle>/git-gate",
            "pipelock": "<bottle>/pipelock",
            "supervise": "<bottle>/supervise"
          },
          "supervise": {
            "queue": "<bottle>/supervise/*",
            "slug": "standard-everything"
          }
        }

        """##
}
