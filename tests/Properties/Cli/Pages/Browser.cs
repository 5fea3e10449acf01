using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Optim.Properties.Cli.Pages;

/// <summary>A page in a headless Chromium, driven by its DevTools protocol, and all that its console was told.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly DirectoryInfo profile;
    private readonly ClientWebSocket socket = new();
    private readonly List<string> console = [];
    private int calls;

    private Browser(Process process, DirectoryInfo profile)
    {
        this.process = process;
        this.profile = profile;
    }

    /// <summary>Why no page can be drawn here; null where one can.</summary>
    public static string? Reason { get; } = Program is null ? "There is no Chromium on the path." : Environment.GetEnvironmentVariable("OPTIM_PAGES") is null ? "OPTIM_PAGES must be set; tests/pages/check.sh does it." : null;

    /// <summary>What was written to the console: warnings and errors, and exceptions that nobody caught.</summary>
    public IReadOnlyList<string> Console => console;

    private static string? Program => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => (string[])[Path.Combine(folder, "chromium"), Path.Combine(folder, "chromium-browser"), Path.Combine(folder, "google-chrome")])
        .FirstOrDefault(File.Exists);

    /// <summary>Opens a file, and waits until its charts are drawn.</summary>
    public static async Task<Browser> Open(string file, int width = 1000, bool dark = false)
    {
        var profile = Directory.CreateTempSubdirectory("optim-browser-");
        var start = new ProcessStartInfo(
            Program!,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0", "--disable-background-networking",
                $"--user-data-dir={profile.FullName}", "about:blank",
            ])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var browser = new Browser(process, profile);
        try
        {
            await browser.Connect();
            await browser.Call("Runtime.enable");
            await browser.Call("Log.enable");
            await browser.Resize(width);
            await browser.Prefer(dark);
            await browser.Call("Page.navigate", new() { ["url"] = new Uri(file).AbsoluteUri });
            await browser.Until("document.documentElement?.dataset.drawn === 'true'");
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the window as wide as so many CSS pixels; on phones and on paper no scroll bar takes any of them.</summary>
    public Task Resize(int width) => Call("Emulation.setDeviceMetricsOverride", new()
    {
        ["width"] = width, ["height"] = 1200, ["deviceScaleFactor"] = 1, ["mobile"] = width < 800,
    });

    /// <summary>Sets the reader's colour scheme.</summary>
    public Task Prefer(bool dark) => Call("Emulation.setEmulatedMedia", new()
    {
        ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }),
    });

    /// <summary>Lays the page out as for paper, of A4's width within the margins.</summary>
    public async Task Print()
    {
        await Resize(718);
        await Call("Emulation.setEmulatedMedia", new() { ["media"] = "print" });
        await Until("matchMedia('print').matches && document.documentElement.clientWidth === 718");
    }

    /// <summary>The value of an expression, promises awaited.</summary>
    public async Task<JsonNode?> Evaluate(string expression)
    {
        var answer = await Call("Runtime.evaluate", new() { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        return answer["exceptionDetails"] is { } thrown ? throw new InvalidOperationException(thrown.ToJsonString()) : answer["result"]!["value"];
    }

    /// <summary>Waits until an expression is true.</summary>
    public async Task Until(string expression)
    {
        long begin = Stopwatch.GetTimestamp();
        while ((bool?)await Evaluate(expression) != true)
        {
            if (Stopwatch.GetElapsedTime(begin) > Patience)
            {
                throw new TimeoutException($"Not true in {Patience.TotalSeconds} s: {expression}; the console: {string.Join('\n', console)}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>A picture of the whole page, where the environment says in which folder pictures are wanted.</summary>
    public async Task Picture(string name)
    {
        if (Environment.GetEnvironmentVariable("OPTIM_PAGE_PICTURES") is { } folder)
        {
            var answer = await Call("Page.captureScreenshot", new() { ["captureBeyondViewport"] = true, ["format"] = "png" });
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}.png"), Convert.FromBase64String((string)answer["data"]!));
        }
    }

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        try
        {
            profile.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A process of Chromium's is still writing; the system clears its temporary files.
        }
    }

    private async Task Connect()
    {
        // The browser writes the port it has chosen into its profile.
        string announcement = Path.Combine(profile.FullName, "DevToolsActivePort");
        long begin = Stopwatch.GetTimestamp();
        string[] lines = [];
        while (lines.Length < 2)
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(begin) > Patience)
            {
                throw new InvalidOperationException("Chromium did not start.");
            }

            await Task.Delay(50);
            lines = File.Exists(announcement) ? await File.ReadAllLinesAsync(announcement) : [];
        }

        using var http = new HttpClient();
        var targets = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{lines[0]}/json/list")))!.AsArray();
        await socket.ConnectAsync(new((string)targets.First(target => (string)target!["type"]! == "page")!["webSocketDebuggerUrl"]!), CancellationToken.None);
    }

    private async Task<JsonNode> Call(string method, JsonObject? parameters = null)
    {
        int id = ++calls;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        await socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        while (true)
        {
            var received = await Receive();
            Note(received);
            if ((int?)received["id"] == id)
            {
                return received["result"] ?? throw new InvalidOperationException(received.ToJsonString());
            }
        }
    }

    private async Task<JsonNode> Receive()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var content = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, patience.Token);
            content.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return JsonNode.Parse(content.ToArray())!;
            }
        }
    }

    private void Note(JsonNode message)
    {
        if ((string?)message["method"] is "Runtime.consoleAPICalled" or "Runtime.exceptionThrown" or "Log.entryAdded")
        {
            console.Add(string.Join(' ', message["params"]!["args"]?.AsArray().Select(argument => argument!["value"]?.ToString()) ?? [message["params"]!.ToJsonString()]));
        }
    }
}
