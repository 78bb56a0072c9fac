package lsp

import "encoding/json"

// The part of the protocol that is spoken here, under the protocol's names.

// position is a place in a text, counted from 0; what a character is was
// negotiated, see encoding.
type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// span is a range of the protocol; the end is not part of it.
type span struct {
	Start position `json:"start"`
	End   position `json:"end"`
}

type location struct {
	URI   string `json:"uri"`
	Range span   `json:"range"`
}

type documentID struct {
	URI string `json:"uri"`
}

type versionedID struct {
	URI     string `json:"uri"`
	Version int    `json:"version"`
}

type documentItem struct {
	URI        string `json:"uri"`
	LanguageID string `json:"languageId"`
	Version    int    `json:"version"`
	Text       string `json:"text"`
}

type openParams struct {
	Document documentItem `json:"textDocument"`
}

type closeParams struct {
	Document documentID `json:"textDocument"`
}

type changeParams struct {
	Document versionedID `json:"textDocument"`
	Changes  []change    `json:"contentChanges"`
}

// change is an edit of a text; without a range it is the whole text.
type change struct {
	Range *span  `json:"range"`
	Text  string `json:"text"`
}

type watchedFilesParams struct {
	Changes []documentID `json:"changes"`
}

type placeParams struct {
	Document documentID `json:"textDocument"`
	Position position   `json:"position"`
}

type documentParams struct {
	Document documentID `json:"textDocument"`
}

type referenceParams struct {
	placeParams
	Context struct {
		IncludeDeclaration bool `json:"includeDeclaration"`
	} `json:"context"`
}

type renameParams struct {
	placeParams
	NewName string `json:"newName"`
}

type actionParams struct {
	Document documentID `json:"textDocument"`
	Range    span       `json:"range"`
	Context  struct {
		Only []string `json:"only"`
	} `json:"context"`
}

type cancelParams struct {
	ID json.RawMessage `json:"id"`
}

// What a client can do, as far as it matters here.
type initializeParams struct {
	Capabilities clientCapabilities `json:"capabilities"`
}

type clientCapabilities struct {
	General struct {
		PositionEncodings []encoding `json:"positionEncodings"`
	} `json:"general"`
	Workspace struct {
		WatchedFiles struct {
			DynamicRegistration bool `json:"dynamicRegistration"`
		} `json:"didChangeWatchedFiles"`
	} `json:"workspace"`
	TextDocument struct {
		Completion struct {
			Item struct {
				Snippets      bool     `json:"snippetSupport"`
				Documentation []string `json:"documentationFormat"`
			} `json:"completionItem"`
		} `json:"completion"`
		Hover struct {
			Content []string `json:"contentFormat"`
		} `json:"hover"`
		CodeAction struct {
			// Literal is set when actions may be more than commands.
			Literal *struct{} `json:"codeActionLiteralSupport"`
		} `json:"codeAction"`
		Symbol struct {
			Hierarchical bool `json:"hierarchicalDocumentSymbolSupport"`
		} `json:"documentSymbol"`
		Diagnostics struct {
			Related         bool `json:"relatedInformation"`
			Version         bool `json:"versionSupport"`
			CodeDescription bool `json:"codeDescriptionSupport"`
		} `json:"publishDiagnostics"`
	} `json:"textDocument"`
}

type initializeResult struct {
	Capabilities serverCapabilities `json:"capabilities"`
	ServerInfo   serverInfo         `json:"serverInfo"`
}

type serverInfo struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

type serverCapabilities struct {
	PositionEncoding encoding          `json:"positionEncoding"`
	TextDocumentSync syncOptions       `json:"textDocumentSync"`
	Completion       completionOptions `json:"completionProvider"`
	Hover            bool              `json:"hoverProvider"`
	Definition       bool              `json:"definitionProvider"`
	Symbols          bool              `json:"documentSymbolProvider"`
	References       bool              `json:"referencesProvider"`
	Rename           renameOptions     `json:"renameProvider"`
	CodeAction       actionOptions     `json:"codeActionProvider"`
}

type syncOptions struct {
	OpenClose bool `json:"openClose"`
	// Change 2 is incremental.
	Change int         `json:"change"`
	Save   saveOptions `json:"save"`
}

type saveOptions struct {
	IncludeText bool `json:"includeText"`
}

type completionOptions struct {
	TriggerCharacters []string `json:"triggerCharacters"`
}

type renameOptions struct {
	Prepare bool `json:"prepareProvider"`
}

type publishParams struct {
	URI         string       `json:"uri"`
	Version     *int         `json:"version,omitempty"`
	Diagnostics []diagnostic `json:"diagnostics"`
}

type diagnostic struct {
	Range           span             `json:"range"`
	Severity        int              `json:"severity"`
	Code            string           `json:"code,omitempty"`
	CodeDescription *codeDescription `json:"codeDescription,omitempty"`
	Source          string           `json:"source"`
	Message         string           `json:"message"`
	Related         []related        `json:"relatedInformation,omitempty"`
}

type codeDescription struct {
	Href string `json:"href"`
}

type related struct {
	Location location `json:"location"`
	Message  string   `json:"message"`
}

type completionList struct {
	IsIncomplete bool             `json:"isIncomplete"`
	Items        []completionItem `json:"items"`
}

type completionItem struct {
	Label         string         `json:"label"`
	Kind          completionKind `json:"kind,omitempty"`
	Detail        string         `json:"detail,omitempty"`
	Documentation *markup        `json:"documentation,omitempty"`
	SortText      string         `json:"sortText,omitempty"`
	FilterText    string         `json:"filterText,omitempty"`
	// Format 2 is a snippet.
	Format int       `json:"insertTextFormat,omitempty"`
	Edit   *textEdit `json:"textEdit,omitempty"`
}

type completionKind int

// The protocol's numbers of what an item is.
const (
	kindField     completionKind = 5
	kindVariable  completionKind = 6
	kindModule    completionKind = 9
	kindProperty  completionKind = 10
	kindValue     completionKind = 12
	kindEnum      completionKind = 13
	kindSnippet   completionKind = 15
	kindFile      completionKind = 17
	kindReference completionKind = 18
	kindFolder    completionKind = 19
)

type textEdit struct {
	Range   span   `json:"range"`
	NewText string `json:"newText"`
}

type markup struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

type hover struct {
	Contents markup `json:"contents"`
	Range    *span  `json:"range,omitempty"`
}

type symbolKind int

// The protocol's numbers of what a symbol is.
const (
	symbolModule   symbolKind = 2
	symbolFunction symbolKind = 12
	symbolVariable symbolKind = 13
	symbolEvent    symbolKind = 24
)

type documentSymbol struct {
	Name      string           `json:"name"`
	Detail    string           `json:"detail,omitempty"`
	Kind      symbolKind       `json:"kind"`
	Range     span             `json:"range"`
	Selection span             `json:"selectionRange"`
	Children  []documentSymbol `json:"children,omitempty"`
}

// symbolInformation is a symbol for clients that know no tree.
type symbolInformation struct {
	Name      string     `json:"name"`
	Kind      symbolKind `json:"kind"`
	Location  location   `json:"location"`
	Container string     `json:"containerName,omitempty"`
}

type workspaceEdit struct {
	Changes map[string][]textEdit `json:"changes"`
}

type actionOptions struct {
	Kinds []string `json:"codeActionKinds"`
}

type codeAction struct {
	Title       string        `json:"title"`
	Kind        string        `json:"kind"`
	Diagnostics []diagnostic  `json:"diagnostics"`
	Preferred   bool          `json:"isPreferred"`
	Edit        workspaceEdit `json:"edit"`
}

type prepareRenameResult struct {
	Range       span   `json:"range"`
	Placeholder string `json:"placeholder"`
}

type registrationParams struct {
	Registrations []registration `json:"registrations"`
}

type registration struct {
	ID      string       `json:"id"`
	Method  string       `json:"method"`
	Options watchOptions `json:"registerOptions"`
}

type watchOptions struct {
	Watchers []watcher `json:"watchers"`
}

type watcher struct {
	Glob string `json:"globPattern"`
}

type logParams struct {
	Type    int    `json:"type"`
	Message string `json:"message"`
}
