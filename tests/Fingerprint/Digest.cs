using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Optim.Fingerprint;

/// <summary>A hash of numbers and texts, and how many of the numbers are NaN: a fingerprint of NaNs would say nothing.</summary>
/// <remarks>Every NaN counts as the same one. Which NaN an operation makes is the processor's choice (the sign differs between x64 and ARM64) and no part of the contract.</remarks>
internal sealed class Digest : IDisposable
{
    private const int BlockLength = 1024;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>How many numbers were added.</summary>
    public long Numbers { get; private set; }

    /// <summary>How many of them are NaN.</summary>
    public long NaNs { get; private set; }

    /// <summary>Adds numbers.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="numbers">The numbers.</param>
    public void Add<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> block = stackalloc T[BlockLength];
        for (; !numbers.IsEmpty; numbers = numbers[Math.Min(BlockLength, numbers.Length)..])
        {
            var part = block[..Math.Min(BlockLength, numbers.Length)];
            numbers[..part.Length].CopyTo(part);
            foreach (ref T number in part)
            {
                if (T.IsNaN(number))
                {
                    number = T.NaN;
                    NaNs++;
                }
            }

            Numbers += part.Length;
            hash.AppendData(MemoryMarshal.AsBytes(part));
        }
    }

    /// <summary>Adds numbers.</summary>
    /// <param name="numbers">The numbers.</param>
    public void Add(params ReadOnlySpan<double> numbers) => Add<double>(numbers);

    /// <summary>Adds bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    public void AddBytes(ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);

    /// <summary>Adds a text.</summary>
    /// <param name="text">The text.</param>
    public void AddText(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));

    /// <summary>Adds everything a state holds.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state.</param>
    public void Add<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Add(state.Parameters.Span);
        Add(state.EvaluationParameters.Span);
        foreach (var (name, slot) in state.Slots)
        {
            AddText(name);
            Add(slot.Span);
        }

        foreach (var (name, scalar) in state.Scalars)
        {
            AddText(name);
            Add(scalar);
        }
    }

    /// <summary>The first 64 bits of the hash so far.</summary>
    public string Text() => Convert.ToHexString(hash.GetCurrentHash())[..16];

    /// <inheritdoc/>
    public void Dispose() => hash.Dispose();
}
