using Optim.NativeTorch;
using Xunit;

namespace BridgeTests.Checking;

/// <summary>A test that needs libtorch; skipped, with the reason, where it does not load.</summary>
public sealed class TorchFactAttribute : FactAttribute
{
    public TorchFactAttribute() => Skip = Natives.WhyNot;
}

/// <summary>The same for several cases.</summary>
public sealed class TorchTheoryAttribute : TheoryAttribute
{
    public TorchTheoryAttribute() => Skip = Natives.WhyNot;
}
