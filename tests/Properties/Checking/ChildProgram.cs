using System.Globalization;
using Optim.Properties.Cli;
using Optim.Properties.Structure;
using Optim.Properties.Tensors;

namespace Optim.Properties.Checking;

/// <summary>The tests are run by a test host; as a program, this assembly checks what needs a process of its own: law 62 with the system's cultures (<see cref="Cultures"/>), memory under a heap limit (<see cref="HeapLimit"/>), and what a command sets for all (<see cref="TunedRates"/>).</summary>
internal static class ChildProgram
{
    private static int Main(string[] args)
    {
        switch (args)
        {
            case [Cultures.Argument]:
                PublicValueTests.Check();
                return 0;
            case [HeapLimit.Argument, var scenario, var seconds]:
                // For want of memory the runtime says no more than that.
                AppDomain.CurrentDomain.UnhandledException += (_, e) => Console.Error.WriteLine((e.ExceptionObject as Exception)?.StackTrace);
                return HeapLimit.Run(scenario, int.Parse(seconds, CultureInfo.InvariantCulture));
            case [TunedRates.Argument]:
                return TunedRates.Run();
            default:
                Console.Error.WriteLine("dotnet test tests/Properties");
                return 2;
        }
    }
}
