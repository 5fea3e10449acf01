using Xunit;

namespace Optim.Properties.Cli.Pages;

/// <summary>A fact about pages as a browser draws them: skipped where there is no Chromium, or nobody asks for them.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Browser.Reason;
}
