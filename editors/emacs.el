;;; tamis in Emacs 29 and later, by eglot: load this file, then M-x eglot in an .ottl file.  -*- lexical-binding: t -*-
(require 'eglot)
(define-derived-mode ottl-mode prog-mode "OTTL"
  "Rule files of tamis."
  (setq-local comment-start "# "))
(add-to-list 'auto-mode-alist '("\\.ottl\\'" . ottl-mode))
(add-to-list 'eglot-server-programs
             '((ottl-mode yaml-mode yaml-ts-mode) . ("tamis" "lsp" :initializationOptions (:recordings []))))
(add-hook 'ottl-mode-hook #'eglot-ensure)
