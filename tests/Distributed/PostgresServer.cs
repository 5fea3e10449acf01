using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Optim.Distributed.Tests;

/// <summary>A PostgreSQL server of its own, in a temporary folder, for as long as a test takes.</summary>
public sealed class PostgresServer : IDisposable
{
    private const string NotInstalled = "PostgreSQL's server is not installed, or not to be run by this user: build/install-postgres.sh installs it.";

    private static readonly string? Binaries = OperatingSystem.IsWindows() ? null : Find();

    private readonly string folder = Directory.CreateTempSubdirectory("optim-postgres-").FullName;

    public PostgresServer()
    {
        if (Absence is not null)
        {
            return;
        }

        if (Binaries is null)
        {
            throw new InvalidOperationException("OPTIM_REQUIRE_POSTGRES=true, and " + NotInstalled);
        }

        // It does not run as root.
        if (IsRoot)
        {
            Command("chown", "postgres", folder);
        }

        string data = Path.Combine(folder, "data");
        Port = FreePort();
        AsOwner("initdb", "-D", data, "-A", "trust", "-U", "optim", "--no-sync", "-E", "UTF8", "--locale=C");
        AsOwner("pg_ctl", "-D", data, "-w", "-l", Path.Combine(folder, "log"), "-o", FormattableString.Invariant($"-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"), "start");
    }

    public int Port { get; }

    public string Address => FormattableString.Invariant($"postgres://optim@127.0.0.1:{Port}/postgres");

    /// <summary>Why there is none; null where one can be started.</summary>
    public static string? Absence { get; } = Environment.GetEnvironmentVariable("OPTIM_REQUIRE_POSTGRES") == "true" || Binaries is not null ? null : NotInstalled;

    /// <summary>What runs a command as the server's own user: the server refuses to be started by root.</summary>
    private static string[] ByOwner => IsRoot ? ["runuser", "-u", "postgres", "--"] : [];

    private static bool IsRoot => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    public NpgsqlDataSource Open() => NpgsqlDataSource.Create(FormattableString.Invariant($"Host=127.0.0.1;Port={Port};Username=optim;Database=postgres"));

    public void Dispose()
    {
        if (Absence is null)
        {
            AsOwner("pg_ctl", "-D", Path.Combine(folder, "data"), "-m", "immediate", "-w", "stop");
        }

        Directory.Delete(folder, recursive: true);
    }

    private static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")) : [])
        .FirstOrDefault(Works);

    /// <summary>Whether the programs there run, by whom they will: links to a server that is gone, and one whose user is, do not.</summary>
    private static bool Works(string place) => ((string[])["initdb", "pg_ctl"]).All(program =>
        File.Exists(Path.Combine(place, program)) && ExitCode([.. ByOwner, Path.Combine(place, program), "--version"]) == 0);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void AsOwner(string program, params string[] arguments) => Command([.. ByOwner, Path.Combine(Binaries!, program), .. arguments]);

    private static void Command(params string[] words)
    {
        if (ExitCode(words) is var code and not 0)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{string.Join(' ', words)} ended with {code}."));
        }
    }

    private static int ExitCode(params string[] words)
    {
        // What it starts must not inherit a pipe that somebody reads to its end.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", .. words]) { WorkingDirectory = "/" })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
