namespace Optim.Cli;

/// <summary>What the library refuses, in the command's words.</summary>
internal static class Refusals
{
    /// <summary>The message without .NET's mention of the parameter, which the message names itself.</summary>
    public static string Text(ArgumentException refusal)
    {
        string message = refusal.Message;
        int mention = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return mention < 0 ? message : message[..mention];
    }
}
