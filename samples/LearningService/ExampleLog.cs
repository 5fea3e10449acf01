using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;

namespace Samples;

/// <summary>
/// The examples in the order in which they were acknowledged: an append-only file, flushed to the disk before the acknowledgement; examples that wait are written together, so that a disk's flush serves many. The number of the line is the
/// number of the step that learns it, so that a checkpoint says by its step counter which lines are learned. Where the disk fails, nothing that waits is acknowledged, nor anything after it: what is in the file then, the next start finds out.
/// </summary>
internal sealed class ExampleLog : IAsyncDisposable
{
    private readonly string path;
    private readonly FileStream file;
    private readonly Action<FileStream> flush;
    private readonly HashSet<long> ids = [];
    private readonly Channel<(Example Example, TaskCompletionSource Done)> waiting = Channel.CreateUnbounded<(Example, TaskCompletionSource)>(new() { SingleReader = true });
    private readonly Task writing;
    private TaskCompletionSource grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long count;
    private Exception? failure;

    /// <param name="path">The file.</param>
    /// <param name="flush">How what was written reaches the disk; by the file itself, but in a check.</param>
    public ExampleLog(string path, Action<FileStream>? flush = null)
    {
        this.path = path;
        this.flush = flush ?? (written => written.Flush(flushToDisk: true));
        file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);

        // A line that was cut off was not acknowledged: its client sends it again.
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        int whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        file.SetLength(whole);
        file.Position = whole;
        foreach (string line in Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            ids.Add(Service.Parse(line).Id);
            count++;
        }

        writing = Task.Run(Write);
    }

    /// <summary>The lines on the disk.</summary>
    public long Count => Volatile.Read(ref count);

    /// <summary>What the disk has failed of; null while it has not.</summary>
    public Exception? Failure => Volatile.Read(ref failure);

    /// <summary>Completes when the example is on the disk; one of an id that is there already is not added again.</summary>
    /// <exception cref="IOException">It is not known to be on the disk: this write or an earlier one has failed.</exception>
    public Task Append(Example example)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return waiting.Writer.TryWrite((example, done)) ? done.Task : throw Refused();
    }

    /// <summary>The examples from a line on; waits for further ones.</summary>
    public async IAsyncEnumerable<Example> From(long line, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), Encoding.UTF8);
        for (long read = 0; ;)
        {
            var more = Volatile.Read(ref grown).Task;
            while (read < Count)
            {
                string text = (await reader.ReadLineAsync(cancellation))!;
                if (read++ >= line)
                {
                    yield return Service.Parse(text);
                }
            }

            if (read >= Count)
            {
                await more.WaitAsync(cancellation);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing;
        await file.DisposeAsync();
    }

    private IOException Refused() => new($"The example is not on the disk: {Failure?.Message ?? "the log is closed."}", Failure);

    private async Task Write()
    {
        List<TaskCompletionSource> done = [];
        try
        {
            await Write(done);
        }
        catch (Exception e)
        {
            Volatile.Write(ref failure, e);
            waiting.Writer.TryComplete();
            while (waiting.Reader.TryRead(out var item))
            {
                done.Add(item.Done);
            }

            done.ForEach(one => one.SetException(Refused()));
        }
    }

    private async Task Write(List<TaskCompletionSource> done)
    {
        while (await waiting.Reader.WaitToReadAsync())
        {
            var text = new StringBuilder();
            int added = 0;
            while (waiting.Reader.TryRead(out var item))
            {
                if (ids.Add(item.Example.Id))
                {
                    text.Append(Service.Line(item.Example));
                    added++;
                }

                done.Add(item.Done);
            }

            await file.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()));
            flush(file);
            Volatile.Write(ref count, count + added);
            Interlocked.Exchange(ref grown, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            done.ForEach(one => one.SetResult());
            done.Clear();
        }
    }
}
