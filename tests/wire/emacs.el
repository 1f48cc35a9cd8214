;;; Headless Emacs as a client of `tamis lsp', with the file that editors/ has for it.  -*- lexical-binding: t -*-
;;; What it saw goes as JSON to the file that $SEEN names.
;;; SPDX-License-Identifier: Apache-2.0
(require 'json)
(require 'package)
(setq package-directory-list '("/usr/share/emacs/site-lisp/elpa"))
(package-initialize)

(defvar seen nil "What goes to $SEEN: an alist.")
(defvar patience 120 "Seconds.")
(defvar published nil "Versions of documents whose diagnostics have come.")

(defun leave ()
  (let ((coding-system-for-write 'utf-8))
    (write-region (json-encode seen) nil (getenv "SEEN") nil 'quiet))
  (kill-emacs))

(defun note (name value)
  (push (cons name value) seen))

(dolist (needed '(eglot yaml-mode))
  (unless (require needed nil t)
    (note 'missing (symbol-name needed))
    (leave)))

(cl-defmethod eglot-handle-notification :after
  (_server (_method (eql 'textDocument/publishDiagnostics)) &key version &allow-other-keys)
  (push version published))

(defun wait (what condition)
  "The value of CONDITION, once it has one."
  (let ((until (time-add nil patience)) value)
    (while (not (setq value (funcall condition)))
      (when (time-less-p until nil)
        (error "nothing came of %s" what))
      (accept-process-output nil 0.02))
    value))

(defun text ()
  (buffer-substring-no-properties (point-min) (point-max)))

(defun line ()
  (buffer-substring-no-properties (line-beginning-position) (line-end-position)))

(defun go (needle &optional within)
  "Moves point into a text of the buffer."
  (goto-char (point-min))
  (search-forward needle)
  (goto-char (+ (match-beginning 0) (or within 1))))

(defun visit (file)
  "Opens a file as the command loop does it."
  (find-file file)
  (run-hooks 'post-command-hook))

(defun save ()
  "The diagnostics of what is saved."
  (setq published nil)
  (save-buffer)
  (wait "saving" (lambda () (member eglot--versioned-identifier published)))
  (diagnostics))

(defun diagnostics ()
  "The text of each, and what it is about."
  (vconcat (mapcar (lambda (d)
                     (vector (flymake-diagnostic-text d)
                             (buffer-substring-no-properties (flymake-diagnostic-beg d) (flymake-diagnostic-end d))))
                   (sort (flymake-diagnostics)
                         (lambda (a b) (< (flymake-diagnostic-beg a) (flymake-diagnostic-beg b)))))))

(defun hover (needle)
  "The manual of what stands there."
  (let (answer)
    (go needle)
    (eglot-hover-eldoc-function (lambda (manual &rest _) (setq answer (or manual ""))))
    (substring-no-properties (wait "hover" (lambda () answer)))))

(defun completed (needle)
  "The line, once what stands there was completed."
  (go needle (length needle))
  (completion-at-point)
  (line))

(defun completed-keys ()
  "Those of the recording, which initializationOptions name."
  (goto-char (point-max))
  (insert "b: drop where resource.sch == attributes[\"http.rou\"]\n")
  (completed "resource.sch")
  (completed "http.rou"))

(defun rules ()
  (visit "a.ottl")
  (note 'mode (symbol-name major-mode))
  (wait "didOpen" #'flymake-diagnostics)
  (note 'opened (diagnostics))
  (font-lock-ensure)
  (note 'faces (vconcat (mapcar (lambda (word) (go word) (symbol-name (get-text-property (point) 'face)))
                                '("late:" "drop" "IsMatch" "SPAN_KIND" "# é" "\"1s\""))))
  (note 'hover (hover "IsMatch"))
  (go "nme")
  (eglot-code-actions (match-beginning 0) (match-end 0) "quickfix" t)
  (note 'completed (vector (completed "SPAN_KIND_SERV") (completed-keys)))
  (note 'mended (save))
  (go "slow and")
  (eglot-rename "sluggish")
  (note 'renamed (text))
  (eglot-format-buffer)
  (note 'formatted (text))
  (save)
  (go "sluggish and")
  (xref-find-definitions (xref-backend-identifier-at-point 'eglot))
  (note 'definition (line))
  (note 'symbols (vconcat (mapcar #'car (apply #'append (mapcar #'cdr (cdr (imenu--make-index-alist))))))))

(defun configuration ()
  "Of the same server."
  (visit "c.yaml")
  (note 'yaml (symbol-name major-mode))
  (wait "the configuration" #'flymake-diagnostics)
  (note 'configuration (diagnostics))
  (note 'yaml-hover (hover "IsMatch"))
  (note 'yaml-completed (vector (completed "SPAN_KIND_CL") (completed "status.co")))
  (note 'yaml-mended (save)))

(setq eglot-sync-connect t
      eglot-connect-timeout patience
      make-backup-files nil)
(condition-case why
    (progn
      (load (getenv "SETUP") nil t)
      (setq tamis-settings `(:recordings [,(getenv "RECORDING")]))
      (rules)
      (configuration)
      (eglot-shutdown (eglot-current-server) nil patience))
  (error (note 'error (error-message-string why))))
(leave)
