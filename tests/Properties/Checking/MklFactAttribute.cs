using Xunit;

namespace Optim.Properties.Checking;

/// <summary>A test that needs Intel MKL: skipped with the reason where it is absent, but not under CI (CI=true), where it fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MklFactAttribute : FactAttribute
{
    public MklFactAttribute()
    {
        if (!Acceleration.Mkl.IsAvailable && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Skip = Acceleration.Mkl.Reason;
        }
    }
}
