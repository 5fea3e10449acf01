using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Training;

/// <summary>A text as numbers: the first nine tenths to train on, the rest held out.</summary>
internal sealed class Text
{
    private readonly long[] training, heldOut;

    private Text(string text)
    {
        Characters = [.. text.Distinct().Order()];
        long[] all = [.. text.Select(IndexOf)];
        (training, heldOut) = (all[..(all.Length * 9 / 10)], all[(all.Length * 9 / 10)..]);
    }

    public char[] Characters { get; }

    public static Text Load() => new(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "shakespeare.txt")).ReplaceLineEndings("\n"));

    public long IndexOf(char character) => Array.BinarySearch(Characters, character);

    /// <summary>The batch of a step: it depends on the step alone, so that a run that is resumed sees the same.</summary>
    public (Tensor X, Tensor Y) Batch(int step, int size, int context) => Of(training, new Random(step), size, context);

    public (Tensor X, Tensor Y) HeldOut(int number, int size, int context) => Of(heldOut, new Random(-1 - number), size, context);

    private static (Tensor X, Tensor Y) Of(long[] text, Random random, int size, int context)
    {
        int[] starts = [.. Enumerable.Range(0, size).Select(_ => random.Next(text.Length - context - 1))];
        Tensor At(int offset) => tensor(starts.SelectMany(start => text[(start + offset)..(start + offset + context)]).ToArray()).view(size, context);
        return (At(0), At(1));
    }
}
