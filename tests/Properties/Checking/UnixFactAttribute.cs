using Xunit;

namespace Optim.Properties.Checking;

/// <summary>A test of what only Unix has: links, modes, pipes.</summary>
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "needs a Unix";
        }
    }
}
