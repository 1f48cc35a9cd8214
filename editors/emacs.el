;;; tamis in Emacs 28 and later, by eglot (which Emacs 28 has as a package).  -*- lexical-binding: t -*-
;;; Load this file: files .ottl are served when they are opened, configurations in YAML after M-x eglot.
(require 'eglot)

(defvar tamis-settings '(:recordings [])
  "Settings, for example (:recordings [\"spans.json\"] :include [\"rules\"]).")

(defvar tamis-modes '(ottl-mode yaml-mode yaml-ts-mode)
  "Modes that tamis serves.  Set it before loading when another server has YAML.")

(defvar ottl-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?. "_" table)  ; a path is one symbol, which completion asks for
    table))

(defvar ottl-font-lock-keywords
  '(("^\\([[:alpha:]][[:alnum:]_./-]*\\)[ \t]*:" 1 font-lock-function-name-face)
    ("\\_<\\(?:import\\|option\\|let\\|def\\|drop\\|keep\\|where\\|and\\|or\\|not\\)\\_>" . font-lock-keyword-face)
    ("\\_<\\(?:true\\|false\\|nil\\|[[:upper:]]+_[[:upper:]_]+\\)\\_>" . font-lock-constant-face)
    ("\\_<\\([[:alpha:]_][[:alnum:]_]*\\)[ \t]*(" 1 font-lock-builtin-face)))

(define-derived-mode ottl-mode prog-mode "OTTL"
  "Rule files of tamis."
  (setq-local comment-start "# "
              font-lock-defaults '(ottl-font-lock-keywords)))

(add-to-list 'auto-mode-alist '("\\.ottl\\'" . ottl-mode))
(add-to-list 'eglot-server-programs
             `(,tamis-modes . ("tamis" "lsp" :initializationOptions ,(lambda (_server) tamis-settings))))
(add-hook 'ottl-mode-hook #'eglot-ensure)
