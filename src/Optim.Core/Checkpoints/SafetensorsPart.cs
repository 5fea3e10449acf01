using System.Numerics;
using System.Runtime.InteropServices;
using Optim.Lanes;

namespace Optim.Checkpoints;

/// <summary>A tensor to be written.</summary>
internal abstract class SafetensorsPart(string name, SafetensorsType type, IReadOnlyList<int> dimensions, int elements)
{
    public string Name => name;

    public SafetensorsType Type => type;

    public IReadOnlyList<int> Dimensions => dimensions;

    public long ByteLength => (long)elements * (SafetensorsEntry.BitsOf(type) / 8);

    public abstract void WriteTo(IByteSink sink);

    public static SafetensorsPart Of<T>(string name, Tensor<T> tensor)
        where T : unmanaged, IFloatingPointIeee754<T> => new OfTensor<T>(name, tensor);

    /// <summary>A tensor all of whose elements are numbers of 16 bits.</summary>
    public static SafetensorsPart OfBFloat16<T>(string name, Tensor<T> tensor)
        where T : unmanaged, IFloatingPointIeee754<T> => new Halves<T>(name, tensor);

    public static SafetensorsPart OfScalar(string name, double value) => new OfTensor<double>(name, Tensor.OfScalar("0", value));

    public static SafetensorsPart OfScalar(string name, float value) => new OfTensor<float>(name, Tensor.OfScalar("0", value));

    private sealed class Halves<T>(string name, Tensor<T> tensor) : SafetensorsPart(name, SafetensorsType.BF16, tensor.Shape.Dimensions, tensor.Length)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private const int Most = 1 << 16;

        public override void WriteTo(IByteSink sink)
        {
            ushort[] codes = new ushort[Math.Min(Most, tensor.Length)];
            for (int done = 0; done < tensor.Length; done += Most)
            {
                var part = tensor.Span.Slice(done, Math.Min(Most, tensor.Length - done));
                for (int i = 0; i < part.Length; i++)
                {
                    codes[i] = BFloat16.Encode(float.CreateTruncating(part[i]));
                }

                sink.Append(MemoryMarshal.AsBytes(codes.AsSpan(0, part.Length)));
            }
        }
    }

    private sealed class OfTensor<T>(string name, Tensor<T> tensor)
        : SafetensorsPart(name, ElementReader.TypeOf<T>(), tensor.Shape.Dimensions, tensor.Length)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // The bytes of a large tensor do not fit one span.
        private const int Most = 1 << 26;

        public override void WriteTo(IByteSink sink)
        {
            for (int done = 0; done < tensor.Length; done += Most)
            {
                sink.Append(MemoryMarshal.AsBytes(tensor.Span.Slice(done, Math.Min(Most, tensor.Length - done))));
            }
        }
    }
}
