// Starts `tamis lsp` for .ottl files and configurations.
// SPDX-License-Identifier: Apache-2.0
"use strict";

const { workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

function settings() {
  const { recordings, include, tracesOnly } = workspace.getConfiguration("tamis");
  return { recordings, include, tracesOnly };
}

function activate(context) {
  const command = workspace.getConfiguration("tamis").get("path");
  client = new LanguageClient("tamis", "tamis", { command, args: ["lsp"], transport: TransportKind.stdio }, {
    documentSelector: [{ language: "ottl" }, { scheme: "file", language: "yaml" }],
    initializationOptions: settings(),
    synchronize: { fileEvents: workspace.createFileSystemWatcher("**/*.{ottl,yaml,yml}") },
  });
  context.subscriptions.push(workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration("tamis"))
      client.sendNotification("workspace/didChangeConfiguration", { settings: { tamis: settings() } });
  }));
  return client.start();
}

function deactivate() {
  return client && client.stop();
}

module.exports = { activate, deactivate };
