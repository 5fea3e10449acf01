using Xunit;

namespace Optim.Properties.Checking;

/// <summary>Errors are sentences, and what they say is tested.</summary>
internal static class Refused
{
    public static E With<E>(string text, Func<object?> action)
        where E : Exception
    {
        var error = Assert.Throws<E>(() => { action(); });
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        return error;
    }
}
