-- Headless Neovim as a client of `tamis lsp`, with the file that editors/ has for it. What it saw goes as JSON to the
-- file that $SEEN names.
-- SPDX-License-Identifier: Apache-2.0
local seen = {}
local patience = 120 * 1000 -- ms

local function wait(what, condition)
  if not vim.wait(patience, condition, 20) then error("nothing came of " .. what) end
end

-- The lines of the buffer.
local function text()
  return vim.api.nvim_buf_get_lines(0, 0, -1, false)
end

-- Moves the cursor into a text of the buffer.
local function go(needle, within)
  for number, line in ipairs(text()) do
    local at = line:find(needle, 1, true)
    if at then return vim.api.nvim_win_set_cursor(0, { number, at - 1 + (within or 1) }) end
  end
  error("there is no " .. needle)
end

local function diagnostics()
  local found = {}
  for _, d in ipairs(vim.diagnostic.get(0)) do
    table.insert(found, { d.code or d.user_data.lsp.code, d.lnum, d.col, d.end_col, d.message })
  end
  table.sort(found, function(a, b) return a[2] < b[2] or (a[2] == b[2] and a[3] < b[3]) end)
  return found
end

local function result(method, params)
  local answers, why = vim.lsp.buf_request_sync(0, method, params or vim.lsp.util.make_position_params(), patience)
  if not answers then error(method .. ": " .. why) end
  for _, answer in pairs(answers) do return answer.result end
end

local function run()
  vim.cmd("source " .. os.getenv("SETUP"))
  vim.cmd("edit a.ottl")
  seen.filetype = vim.bo.filetype
  wait("didOpen", function() return #vim.diagnostic.get(0) > 0 end)
  seen.opened = diagnostics()

  go("IsMatch")
  vim.lsp.buf.hover()
  local window
  wait("hover", function()
    for _, w in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(w).relative ~= "" then window = w end
    end
    return window
  end)
  seen.hover = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
  vim.api.nvim_win_close(window, true)

  go("SPAN_KIND_SERV", 13)
  local offered = vim.lsp.util.text_document_completion_list_to_complete_items(
    result("textDocument/completion"), "SPAN_KIND_SERV")
  seen.completion = vim.tbl_map(function(item) return item.word end, offered)

  go("nme", 0)
  local line = vim.lsp.util.make_range_params()
  line.context = { diagnostics = {} }
  local actions = result("textDocument/codeAction", line)
  seen.action = actions[1].title
  vim.lsp.util.apply_workspace_edit(actions[1].edit, "utf-16")
  wait("the action", function() return #vim.diagnostic.get(0) == 1 end)
  go("SPAN_KIND_SERV")
  vim.cmd("normal! AER")
  wait("typing", function() return #vim.diagnostic.get(0) == 0 end)

  go("slow and")
  vim.lsp.buf.rename("sluggish")
  wait("rename", function() return table.concat(text(), "\n"):find("let sluggish", 1, true) end)
  seen.renamed = text()

  vim.lsp.buf.formatting_sync(nil, patience)
  seen.formatted = text()

  go("sluggish and")
  vim.lsp.buf.definition()
  wait("definition", function() return vim.fn.getline("."):find("let sluggish", 1, true) end)
  seen.definition = vim.api.nvim_win_get_cursor(0)

  vim.lsp.codelens.refresh()
  wait("lenses", function() return #vim.lsp.codelens.get(0) > 0 end)
  seen.lenses = vim.tbl_map(function(lens) return lens.command.title end, vim.lsp.codelens.get(0))
  seen.diagnostics = diagnostics()
  vim.lsp.stop_client(vim.lsp.get_active_clients())
  wait("shutdown", function() return #vim.lsp.get_active_clients() == 0 end)
end

local ok, why = pcall(run)
seen.error = not ok and tostring(why) or nil
vim.fn.writefile({ vim.json.encode(seen) }, os.getenv("SEEN"))
vim.cmd("qall!")
