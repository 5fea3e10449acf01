using BridgeTests.Checking;
using Optim;
using Xunit;

namespace BridgeTests.Documentation;

/// <summary>The code of the pages runs; that it is the pages' is read in tests/Properties.</summary>
public class ExampleTests
{
    [TorchFact]
    public void The_pages_code_runs()
    {
        Assert.True(GradientsExample.Loop() > 0.95);
        Assert.True(GradientsExample.Fold() < 0.5);
        Assert.Equal(GradientVerdict.Right, GradientsExample.Check().Verdict);
        string folder = Directory.CreateTempSubdirectory("optim-torch-").FullName;
        GradientsExample.All(folder);
        Directory.Delete(folder, recursive: true);
    }
}
