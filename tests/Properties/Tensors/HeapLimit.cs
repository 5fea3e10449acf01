using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Optim.Properties.Checking;

namespace Optim.Properties.Tensors;

/// <summary>What a process does under a heap limit; each scenario prints what is wrong.</summary>
internal static class HeapLimit
{
    /// <summary>What makes this assembly, run as a program, the child process.</summary>
    public const string Argument = "--under-heap-limit";

    private static long Limit => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>What the child process says; empty where nothing is wrong.</summary>
    public static string Report(int mebibytes, string scenario, int seconds = 0)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["exec", typeof(HeapLimit).Assembly.Location, Argument, scenario, FormattableString.Invariant($"{seconds}")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = FormattableString.Invariant($"0x{(long)mebibytes << 20:X}");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + error.Result;
        process.WaitForExit();
        return process.ExitCode == 0 ? output : FormattableString.Invariant($"{output}\nexit code {process.ExitCode}");
    }

    public static int Run(string scenario, int seconds)
    {
        switch (scenario)
        {
            case "models": Models(); break;
            case "work": Work(new Muon()); Work(new Shampoo()); break;
            case "finalizers": Finalizers(TimeSpan.FromSeconds(seconds)); break;
            default: return 2;
        }

        return 0;
    }

    /// <summary>Models of changing size, each dropped before the next: none but the first may be missed for memory.</summary>
    private static void Models()
    {
        int most = (int)(Limit / 2 / 7 / sizeof(float));
        foreach (double part in new[] { 0.5, 0.6, 0.7, 0.8, 0.9, 1, 0.55, 0.65, 0.75, 0.95 })
        {
            try
            {
                Model((int)(part * most));
            }
            catch (OutOfMemoryException)
            {
                Console.WriteLine(FormattableString.Invariant($"no memory for {part * most:F0} elements of {most}"));
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Model(int length)
    {
        var ones = TensorSet.Filled(Layout.OfVector(length), 1f);
        var state = Optimizer.Init(new Adam(), ones);
        for (int i = 0; i < 3; i++)
        {
            state = state.Step(ones).Item1;
        }
    }

    /// <summary>A donated step of a rule whose work allocates, with ever more memory left: it fails and leaves the state as it was, or says that it does not.</summary>
    private static void Work(Rule rule)
    {
        int side = (int)Math.Sqrt(Limit / 40 / sizeof(float));
        var gradient = TensorSet.Generate(Layout.Of(new TensorShape("m", side, side)), i => MathF.Sin(i));
        var state = Optimizer.Init(rule, gradient).WithMaxThreads(1).Step(gradient).Item1.Donate().Step(gradient).Item1;
        long before = Sum(state);
        List<byte[]> hoard = [];
        try
        {
            while (true)
            {
                hoard.Add(new byte[1 << 20]);
            }
        }
        catch (OutOfMemoryException)
        {
            hoard.RemoveRange(hoard.Count / 2, 2);
        }

        int failures = 0;
        while (hoard.Count > 8)
        {
            try
            {
                _ = state.Donate().Step(gradient).Item1;
                break;
            }
            catch (OutOfMemoryException)
            {
                failures++;
            }

            hoard.RemoveRange(hoard.Count - 4, 4);
            try
            {
                if (Sum(state) != before)
                {
                    Console.WriteLine($"{rule}: alive, and changed");
                }
            }
            catch (InvalidOperationException e) when (e.Message.Contains("half updated", StringComparison.Ordinal))
            {
                break;
            }
        }

        if (failures == 0)
        {
            Console.WriteLine($"{rule}: no step has failed");
        }

        static long Sum(OptimizerState<float> state)
        {
            long sum = 0;
            foreach (var set in state.Slots.Values.Prepend(state.Parameters))
            {
                foreach (int bits in MemoryMarshal.Cast<float, int>(set.Span))
                {
                    sum = (sum * 31) + bits;
                }
            }

            return sum;
        }
    }

    /// <summary>States of any size are dropped, kept, disposed and left to finalizers that read and dispose them: no kept one changes, none is missed for memory.</summary>
    private static void Finalizers(TimeSpan time)
    {
        var draw = new Random(Seed.Of($"heap limit {Limit}"));
        Queue<(OptimizerState<float> State, float Value)> kept = [];
        int most = (int)(Limit / 16 / 4 / sizeof(float));
        var watch = Stopwatch.StartNew();
        for (int i = 1; watch.Elapsed < time; i++)
        {
            int length = draw.Next(10_000, most);
            bool disposes = draw.Next(2) == 0;
            float held = i;
            WithRoom(() =>
            {
                Leave(length, held, disposes);
                kept.Enqueue((Begun(length, held), held));
            });
            if (kept.Count > 4)
            {
                var (old, _) = kept.Dequeue();
                if (draw.Next(3) == 0)
                {
                    old.Dispose();
                }
            }

            foreach (var (state, value) in kept)
            {
                if (state.Parameters.Span.IndexOfAnyExcept(value) is var at and >= 0)
                {
                    Console.WriteLine(FormattableString.Invariant($"a state holds {state.Parameters.Span[at]}, held {value}"));
                }
            }
        }

        if (Owner.Wrong is { } wrong)
        {
            Console.WriteLine(wrong);
        }
    }

    /// <summary>What waits to be finalized takes memory that no library can give back: an application that is short of it lets the finalizers catch up, and then there must be room.</summary>
    private static void WithRoom(Action work)
    {
        try
        {
            work();
        }
        catch (OutOfMemoryException)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            work();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Leave(int length, float value, bool disposes) => _ = new Owner(Begun(length, value), value, disposes);

    /// <summary>A state with the same number in all elements, out of two pure steps.</summary>
    private static OptimizerState<float> Begun(int length, float value)
    {
        var gradient = TensorSet.Filled(Layout.OfVector(length), -value / 2);
        return Optimizer.Init(new Sgd { LearningRate = 1 }, TensorSet.Filled(gradient.Layout, 0f)).Step(gradient).Item1.Step(gradient).Item1;
    }

    private sealed class Owner(OptimizerState<float> state, float value, bool disposes)
    {
        private static string? wrong;

        public static string? Wrong => Volatile.Read(ref wrong);

        ~Owner()
        {
            try
            {
                if (state.Parameters.Span.ContainsAnyExcept(value))
                {
                    wrong = "a finalizer saw another state's values";
                }

                if (disposes)
                {
                    state.Dispose();
                }
            }
            catch (InvalidOperationException e)
            {
                wrong = e.Message;
            }
        }
    }
}
