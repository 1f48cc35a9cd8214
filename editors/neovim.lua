-- tamis in Neovim 0.7 and later: put this file into ~/.config/nvim/plugin/, or `:source` it.
vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, { pattern = "*.ottl", command = "set filetype=ottl" })
vim.api.nvim_create_autocmd("FileType", { pattern = { "ottl", "yaml" }, callback = function(event)
  vim.api.nvim_buf_set_option(event.buf, "commentstring", "# %s")
  local config = { name = "tamis", cmd = { "tamis", "lsp" }, root_dir = vim.fn.getcwd(),
                   init_options = vim.g.tamis or vim.empty_dict() } -- vim.g.tamis = { recordings = { "spans.json" } }
  if vim.lsp.start then return vim.lsp.start(config) and nil end
  tamis_client = tamis_client or vim.lsp.start_client(config)
  vim.lsp.buf_attach_client(event.buf, tamis_client)
end })
