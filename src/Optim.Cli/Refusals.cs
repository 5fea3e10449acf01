namespace Optim.Cli;

/// <summary>The library's argument errors, in the command's wording.</summary>
internal static class Refusals
{
    /// <summary>The message without .NET's parameter suffix, since the message names the parameter itself.</summary>
    public static string Text(ArgumentException refusal)
    {
        string message = refusal.Message;
        int mention = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return mention < 0 ? message : message[..mention];
    }
}
