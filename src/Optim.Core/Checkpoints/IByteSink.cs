namespace Optim.Checkpoints;

/// <summary>Takes bytes, part after part.</summary>
internal interface IByteSink
{
    void Append(ReadOnlySpan<byte> bytes);
}
