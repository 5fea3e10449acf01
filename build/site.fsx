// What fsdocs leaves to do, on the pages it wrote: dotnet fsi build/site.fsx FOLDER
//   - links are relative, so that the site may lie anywhere;
//   - headings have the anchors that GitHub gives them, since the pages are read there as well;
//   - files of the repository that pages link to are copied beside them;
//   - members without documentation of their own, and buttons that need scripts of other hosts, go from the API reference;
//   - the index of the search becomes a script;
// and then the check: every link leads to a file and an anchor, and nothing is loaded from another host.
open System
open System.Collections.Generic
open System.IO
open System.Net
open System.Text.Json
open System.Text.RegularExpressions

let site = fsi.CommandLineArgs[1] |> Path.GetFullPath
let repository = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))
let placeholder = "/SITE-ROOT/"

let replace (pattern: string) (by: Match -> string) (text: string) =
    Regex.Replace(text, pattern, MatchEvaluator by, RegexOptions.Singleline)

let remove pattern = replace pattern (fun _ -> "")

let pages () = Directory.GetFiles(site, "*.html", SearchOption.AllDirectories) |> Array.sort

let rootOf (page: string) =
    let depth = Path.GetRelativePath(site, page).Split(Path.DirectorySeparatorChar).Length - 1
    if depth = 0 then "./" else String.replicate depth "../"

/// The anchor that GitHub gives a heading.
let anchor (heading: string) =
    let text = (WebUtility.HtmlDecode(remove "<[^>]*>" heading)).Trim().ToLowerInvariant()
    (text |> remove @"[^\w\- ]").Replace(' ', '-')

let withAnchors (html: string) =
    let seen = Dictionary<string, int>()
    let renamed = Dictionary<string, string>()

    let headings =
        html
        |> replace """<(h\d)><a name="([^"]*)" class="anchor" href="[^"]*">(.*?)</a></h\d>""" (fun m ->
            let name = anchor m.Groups[3].Value
            let times = match seen.TryGetValue name with | true, n -> n | _ -> 0
            seen[name] <- times + 1
            let id = if times = 0 then name else $"{name}-{times}"
            renamed[m.Groups[2].Value] <- id
            $"""<{m.Groups[1].Value} id="{id}"><a class="anchor" href="#{id}">{m.Groups[3].Value}</a></{m.Groups[1].Value}>""")

    headings
    |> replace """(<li class="[^"]*">\s*<a[^>]*href=")#([^"]*)(")""" (fun m ->
        match renamed.TryGetValue m.Groups[2].Value with
        | true, id -> $"{m.Groups[1].Value}#{id}{m.Groups[3].Value}"
        | _ -> m.Value)

/// Copies what a page links to in the repository, as text, and answers where to.
let copied (link: string) =
    let source = Path.GetFullPath(Path.Combine(repository, "docs", link))

    if source.StartsWith(repository + string Path.DirectorySeparatorChar) && File.Exists source then
        let target = "files/" + Path.GetRelativePath(repository, source).Replace('\\', '/') + ".txt"
        let file = Path.Combine(site, target)
        Directory.CreateDirectory(Path.GetDirectoryName file) |> ignore
        File.Copy(source, file, overwrite = true)
        target
    else
        link

let withFiles (html: string) =
    html
    |> replace "href=\"(\\.\\./[^\"#]*)(#[^\"]*)?\"" (fun m -> "href=\"" + copied m.Groups[1].Value + m.Groups[2].Value + "\"")

/// Every public member is documented, so what has no text is an override, described where it is declared, or the compiler's, in each record.
let withoutEmptyRows (html: string) =
    html
    |> replace """<tr>\s*<td class="fsdocs-member-usage">.*?</tr>""" (fun m ->
        if Regex.IsMatch(m.Value, """<p class="fsdocs-summary">\s*[^\s<]""") || Regex.IsMatch(m.Value, """<p class="fsdocs-summary">\s*<(?!/p>)""") then m.Value else "")
    |> remove """<h3>[^<]*</h3>\s*<table[^>]*>\s*<thead>(?:(?!</thead>).)*</thead>\s*<tbody>\s*</tbody>\s*</table>"""

let withoutNoise (html: string) =
    html
    |> remove """<div class="icon-button-row">.*?</iconify-icon>\s*</div>\s*</div>"""
    |> remove """<div class="icon-button-row">\s*(<div[^>]*>\s*<iconify-icon[^>]*></iconify-icon>\s*</div>\s*)*</div>"""
    |> remove """<a[^>]*>\s*<iconify-icon[^>]*></iconify-icon>\s*</a>"""
    |> remove "<iconify-icon[^>]*></iconify-icon>|<fsdocs-details-toggle></fsdocs-details-toggle>|<div>\s*</div>"

let write (page: string) =
    let html = File.ReadAllText page

    html
    |> withAnchors
    |> withFiles
    |> withoutEmptyRows
    |> withoutNoise
    |> fun text -> text.Replace(placeholder, rootOf page)
    |> fun text -> File.WriteAllText(page, text)

/// fsdocs shows no protected members and cannot read delegates: what the documentation links to among those has no place to lead to.
let unlinked (page: string) =
    File.ReadAllText page
    |> replace "<a href=\"(\\.\\./reference/[^\"#]*)(?:#([^\"]*))?\">((?:(?!</a>).)*)</a>" (fun m ->
        let file = Path.Combine(site, "reference", m.Groups[1].Value)

        if not (File.Exists file) then m.Groups[3].Value
        elif m.Groups[2].Success && not (File.ReadAllText(file).Contains $"id=\"{m.Groups[2].Value}\"") then
            $"<a href=\"{m.Groups[1].Value}\">{m.Groups[3].Value}</a>"
        else m.Value)
    |> fun text -> File.WriteAllText(page, text)

let writeSearchIndex () =
    let source = Path.Combine(site, "index.json")
    use document = JsonDocument.Parse(File.ReadAllText source)

    let entries =
        [| for entry in document.RootElement.EnumerateArray() do
               let text (name: string) = entry.GetProperty(name).GetString()

               {| uri = (text "uri").Replace(placeholder, "")
                  title = WebUtility.HtmlDecode(text "title")
                  content = (Regex.Replace(text "content", @"\s+", " ")).ToLowerInvariant() |} |]

    File.WriteAllText(Path.Combine(site, "content", "search-index.js"), $"window.searchIndex = {JsonSerializer.Serialize entries};")
    File.Delete source

let problems () =
    let ids = Dictionary<string, HashSet<string>>()

    let idsOf file =
        match ids.TryGetValue file with
        | true, found -> found
        | _ ->
            let found = HashSet(Regex.Matches(File.ReadAllText file, "(?:id|name)=\"([^\"]*)\"") |> Seq.map (fun m -> WebUtility.HtmlDecode m.Groups[1].Value))
            ids[file] <- found
            found

    [ for page in pages () do
          let name = Path.GetRelativePath(site, page)
          let html = File.ReadAllText page

          if html.Contains "{{" && html.Contains "{{fsdocs" then
              $"{name}: a substitution was left"

          for m in Regex.Matches(html, "<(script|link|img|iframe)[^>]*?(?:src|href)=\"(?:https?:)?//([^\"]*)\"") do
              $"{name}: loads {m.Groups[2].Value}"

          for m in Regex.Matches(html, "(?:href|src)=\"([^\"]*)\"") do
              let link = WebUtility.HtmlDecode m.Groups[1].Value

              if not (Regex.IsMatch(link, "^(https?|mailto|data):")) then
                  let parts = link.Split('#', 2)
                  let file = if parts[0] = "" then page else Path.GetFullPath(Path.Combine(Path.GetDirectoryName page, Uri.UnescapeDataString parts[0]))

                  if not (File.Exists file) then
                      $"{name}: no file for the link {link}"
                  elif parts.Length = 2 && parts[1] <> "" && file.EndsWith ".html" && not ((idsOf file).Contains(Uri.UnescapeDataString parts[1])) then
                      $"{name}: no anchor for the link {link}" ]
    |> List.distinct

pages () |> Array.iter write
Directory.GetFiles(Path.Combine(site, "reference"), "*.html") |> Array.iter unlinked
writeSearchIndex ()

match problems () with
| [] -> printfn "%d pages in %s; every link leads somewhere." (pages().Length) (Path.Combine(site, "index.html"))
| found ->
    found |> List.iter (eprintfn "%s")
    eprintfn "%d problems." found.Length
    exit 1
