namespace Optim.Checkpoints;

/// <summary>Receives bytes, part by part.</summary>
internal interface IByteSink
{
    void Append(ReadOnlySpan<byte> bytes);
}
