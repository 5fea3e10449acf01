using Microsoft.Extensions.Logging;

namespace Optim.Distributed;

/// <summary>Begins every message with the rank.</summary>
internal sealed class RankLogger(ILogger inner, int rank) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        inner.Log(logLevel, eventId, state, exception, (said, thrown) => FormattableString.Invariant($"rank {rank}: {formatter(said, thrown)}"));
}
