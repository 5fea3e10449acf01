using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Optim.Tensors;

namespace Optim.Execution;

/// <summary>Where the slots of a state lie: small ones together in the first buffer, so that a step allocates and pins one; each large one in a buffer of its own.</summary>
internal sealed unsafe class SlotPlaces
{
    private const int LargestTogetherBytes = 32 * 1024;

    private readonly Layout[] layouts;
    private readonly (int Buffer, int Offset)[] places;
    private readonly int[] bufferLengths;
    private readonly SlotFormat[] formats;
    private readonly int[] lengths;

    private SlotPlaces(string[] names, Layout[] layouts, SlotFormat[] formats, int[] lengths, (int Buffer, int Offset)[] places, int[] bufferLengths)
    {
        this.formats = formats;
        this.lengths = lengths;
        Names = names.AsReadOnly();
        HasCodedSlots = Array.Exists(formats, format => format != SlotFormat.Full);
        Seeds = SlotSeeds.Of(names, layouts, formats);
        this.layouts = layouts;
        this.places = places;
        this.bufferLengths = bufferLengths;
    }

    public ReadOnlyMemory<Layout> Layouts => layouts;

    /// <summary>The elements of each buffer; none in the first where no slot is small.</summary>
    public ReadOnlySpan<int> BufferLengths => bufferLengths;

    /// <summary>How each slot is stored.</summary>
    public ReadOnlyMemory<SlotFormat> Formats => formats;

    /// <summary>Whether some slots are stored in fewer bits.</summary>
    public bool HasCodedSlots { get; }

    /// <summary>The slots' names, as the rule declares them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>By slot and tensor, see <see cref="SlotSeeds"/>; null where no slot is rounded by chance.</summary>
    public uint[]?[]? Seeds { get; }

    public static SlotPlaces Of<T>(IEnumerable<string> names, IEnumerable<Layout> slots, IReadOnlyList<SlotFormat>? slotFormats = null)
        where T : unmanaged
    {
        Layout[] layouts = [.. slots];
        SlotFormat[] formats = slotFormats is null ? new SlotFormat[layouts.Length] : [.. slotFormats];
        int[] packed = [.. layouts.Zip(formats, (layout, format) => SlotCode.PackedLength<T>(format, layout))];
        List<int> lengths = [0];
        var places = new (int Buffer, int Offset)[layouts.Length];
        for (int slot = 0; slot < layouts.Length; slot++)
        {
            int length = packed[slot];
            if ((long)length * Unsafe.SizeOf<T>() <= LargestTogetherBytes)
            {
                places[slot] = (0, lengths[0]);
                lengths[0] = checked(lengths[0] + Stride(length, Unsafe.SizeOf<T>()));
            }
            else
            {
                places[slot] = (lengths.Count, 0);
                lengths.Add(length);
            }
        }

        return new([.. names], layouts, formats, packed, places, [.. lengths]);
    }

    /// <summary>The slot that has a buffer, not the first, to itself.</summary>
    public int OnlySlotIn(int buffer) => Array.FindIndex(places, place => place.Buffer == buffer);

    /// <summary>A slot, in these buffers.</summary>
    public TensorSet<T> Set<T>(Storage<T>[] buffers, int slot)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (buffer, offset) = places[slot];
        return new(layouts[slot], buffers[buffer], buffers[buffer].Origin + offset);
    }

    /// <summary>A slot's memory, whatever its format.</summary>
    public Span<T> Memory<T>(Storage<T>[] buffers, int slot)
        where T : unmanaged
    {
        var (buffer, offset) = places[slot];
        return buffers[buffer].Array.AsSpan(buffers[buffer].Origin + offset, lengths[slot]);
    }

    /// <summary>A slot's first element; the pinned array's address is that of the first buffer's.</summary>
    public T* Pointer<T>(Storage<T>[] buffers, int slot, T* pinned)
        where T : unmanaged
    {
        var (buffer, offset) = places[slot];
        var storage = buffers[buffer];

        // A large array is pinned for good.
        return (buffer == 0 ? pinned : (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(storage.Array))) + storage.Origin + offset;
    }

    /// <summary>From one slot to the next: whole cache lines, or whole pages for what does not fit into one (see <see cref="Storage{T}"/>).</summary>
    private static int Stride(int length, int size)
    {
        int unit = (length * size > 2048 ? 4096 : 64) / size;
        return (length + unit - 1) / unit * unit;
    }
}
