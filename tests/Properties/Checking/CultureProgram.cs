using Optim.Properties.Structure;

namespace Optim.Properties.Checking;

/// <summary>The tests are run by a test host; as a program, this assembly checks law 62 with the system's cultures (<see cref="Cultures"/>).</summary>
internal static class CultureProgram
{
    private static int Main(string[] args)
    {
        if (args is not [Cultures.Argument])
        {
            Console.Error.WriteLine("dotnet test tests/Properties");
            return 2;
        }

        PublicValueTests.Check();
        return 0;
    }
}
