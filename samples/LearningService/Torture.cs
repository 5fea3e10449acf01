using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Optim;
using Optim.CSharp;

namespace Samples;

/// <summary>Kills the service under load, again and again, and looks for examples that were lost or counted twice.</summary>
internal static class Torture
{
    private const int Clients = 4;

    /// <summary>Runs the check.</summary>
    /// <param name="kills">How often the service is killed.</param>
    /// <returns>0 if every model is the one trained on each acknowledged example once, to the bit.</returns>
    public static async Task<int> Run(int kills)
    {
        var folder = Directory.CreateTempSubdirectory("optim-learning-service-");
        int port = FreePort();
        Process? service = null;
        try
        {
            var acknowledged = Service.Models.ToDictionary(name => name, _ => new ConcurrentDictionary<long, Example>());
            long next = 0;
            using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/"), Timeout = TimeSpan.FromSeconds(5) };
            using var stop = new CancellationTokenSource();
            Task[] clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(() => Send(http, client, () => Interlocked.Increment(ref next), acknowledged, stop.Token)))];
            var random = new Random(1);
            for (int life = 0; life <= kills; life++)
            {
                service = Start(folder.FullName, port);
                await Healthy(http, service);
                await Task.Delay(random.Next(100, 600));
                if (life < kills)
                {
                    // SIGKILL: no handler runs, nothing is flushed.
                    service.Kill();
                    await service.WaitForExitAsync();
                    service.Dispose();
                }
            }

            await stop.CancelAsync();
            await Task.WhenAll(clients);
            bool sound = true;
            foreach (string name in Service.Models)
            {
                await CaughtUp(http, name);
                double[] inputs = [0.3, -1.2, 2.5];
                double answer = await (await http.PostAsJsonAsync($"models/{name}/predictions", new Question(inputs))).Content.ReadFromJsonAsync<double>();
                sound &= Check(name, Path.Combine(folder.FullName, name + ".log"), acknowledged[name], inputs, answer);
            }

            bool refused = await IsRefusedWhereTheDiskFails(Path.Combine(folder.FullName, "failing.log"));
            Console.WriteLine($"A disk that fails: {(refused ? "nothing acknowledged that is not on it" : "WRONG")}.");
            sound &= refused;
            Console.WriteLine($"Killed {kills.ToString(CultureInfo.InvariantCulture)} times under load: {(sound ? "no acknowledged example lost or counted twice" : "WRONG")}.");
            return sound ? 0 : 1;
        }
        finally
        {
            if (service is { HasExited: false })
            {
                service.Kill();
                await service.WaitForExitAsync();
            }

            service?.Dispose();
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Whether examples that are not on the disk are refused, sent again too, until the log is opened anew.</summary>
    private static async Task<bool> IsRefusedWhereTheDiskFails(string path)
    {
        int flushes = 0;
        await using (var log = new ExampleLog(path, file =>
        {
            if (++flushes == 2)
            {
                throw new IOException("No space left on device");
            }

            file.Flush(flushToDisk: true);
        }))
        {
            await log.Append(new(1, [1, 2, 3], 4));
            for (int attempt = 0; attempt < 2; attempt++)
            {
                try
                {
                    await log.Append(new(2, [1, 2, 3], 4));
                    return false;
                }
                catch (IOException)
                {
                    // As it must be.
                }
            }

            if (log.Count != 1 || log.Failure is null)
            {
                return false;
            }
        }

        await using var again = new ExampleLog(path);
        await again.Append(new(2, [1, 2, 3], 4));
        return again.Count == 2;
    }

    /// <summary>One client: sends example after example, each again until it is acknowledged.</summary>
    private static async Task Send(HttpClient http, int client, Func<long> next, Dictionary<string, ConcurrentDictionary<long, Example>> acknowledged, CancellationToken stop)
    {
        var random = new Random(client);
        while (!stop.IsCancellationRequested)
        {
            string name = Service.Models[random.Next(Service.Models.Count)];
            double[] inputs = [(2 * random.NextDouble()) - 1, (2 * random.NextDouble()) - 1, (2 * random.NextDouble()) - 1];
            var example = new Example(next(), inputs, (name == "north" ? 1 : -1) * (inputs[0] + (2 * inputs[1]) - inputs[2] + 0.5) + (0.1 * random.NextDouble()));
            while (true)
            {
                try
                {
                    using var answer = await http.PostAsJsonAsync($"models/{name}/examples", example, CancellationToken.None);
                    if (answer.StatusCode == HttpStatusCode.OK)
                    {
                        acknowledged[name][example.Id] = example;
                        break;
                    }
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    // It may have been written, or not: the same id is sent again.
                    await Task.Delay(20, CancellationToken.None);
                }
            }
        }
    }

    private static bool Check(string name, string path, ConcurrentDictionary<long, Example> acknowledged, double[] inputs, double answer)
    {
        Example[] log = [.. File.ReadAllLines(path).Select(Service.Parse)];
        int lost = acknowledged.Keys.Except(log.Select(example => example.Id)).Count(), twice = log.Length - log.DistinctBy(example => example.Id).Count();
        bool same = log.All(example => acknowledged.TryGetValue(example.Id, out var sent) && sent.Target.Equals(example.Target) && sent.Inputs.SequenceEqual(example.Inputs));

        // The same examples in the same order without a kill: another example, or one more, and the answer has other bits.
        var model = new LinearModel(3);
        using var optimizer = new InPlaceOptimizer<double>(Service.Rule, model.Parameters);
        foreach (var example in log)
        {
            model.LossAndGradient(example);
            optimizer.Step();
        }

        model.Publish();
        bool bits = BitConverter.DoubleToInt64Bits(model.Predict(inputs)) == BitConverter.DoubleToInt64Bits(answer);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {acknowledged.Count} acknowledged, {log.Length} in the log, {lost} lost, {twice} twice; the model that learned through it all {(bits ? "has the bits of" : "DIFFERS from")} one trained without interruption."));
        return lost == 0 && twice == 0 && same && bits && log.Length == acknowledged.Count && log.Length > 0;
    }

    private static async Task CaughtUp(HttpClient http, string name)
    {
        for (int i = 0; i < 600; i++)
        {
            var state = await http.GetFromJsonAsync<Dictionary<string, long>>($"models/{name}");
            if (state!["learned"] == state["acknowledged"])
            {
                return;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"{name} did not learn what it has in 30 s.");
    }

    private static async Task Healthy(HttpClient http, Process service)
    {
        for (int i = 0; i < 600 && !service.HasExited; i++)
        {
            try
            {
                if (await http.GetStringAsync("health") == "Healthy")
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
            }

            await Task.Delay(50);
        }

        throw new TimeoutException("The service did not become healthy in 30 s.");
    }

    private static Process Start(string folder, int port)
    {
        // By its own host, or by 'dotnet', as this process was started.
        bool hosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet";
        string[] arguments = [.. hosted ? [typeof(Torture).Assembly.Location] : Array.Empty<string>(), "serve", "--folder=" + folder, $"--urls=http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}"];
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments))!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
