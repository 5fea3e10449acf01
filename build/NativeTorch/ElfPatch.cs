using System.Buffers.Binary;
using System.Text;

namespace Optim.NativeTorch;

/// <summary>A 64-bit little-endian ELF library in memory, some of whose needs are made weaker.</summary>
internal sealed class ElfPatch(byte[] elf)
{
    private const uint DynamicSymbols = 11, SymbolVersions = 0x6fffffff, NeededVersions = 0x6ffffffe;

    private long Table => Long(0x28);

    /// <summary>A version that a symbol needs becomes a weak need; the symbol gets the name of another one, which every C library has, and no version.</summary>
    /// <remarks>
    /// Here the symbol is std::ios_base_library_init(), which does nothing where another object (libtorch_cpu) initializes iostreams the old way; getpid does no harm in its place.
    /// </remarks>
    public void Loosen(string version, string symbol, string instead)
    {
        var (needs, _, needNames) = Section(NeededVersions);
        foreach (long entry in Chain(needs, 12).SelectMany(need => Chain(need + Word(need + 8), 12)))
        {
            if (Text(Strings(needNames) + Word(entry + 8)) == version)
            {
                const byte Weak = 2;
                elf[entry + 4] |= Weak;
            }
        }

        var (symbols, length, names) = Section(DynamicSymbols);
        var (versions, _, _) = Section(SymbolVersions);
        for (long i = 0; i < length / 24; i++)
        {
            long name = Strings(names) + Word(symbols + (i * 24));
            if (Text(name) == symbol)
            {
                const ushort Unversioned = 1;
                Encoding.ASCII.GetBytes(instead + "\0").CopyTo(elf.AsSpan((int)name));
                BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan((int)(versions + (i * 2))), Unversioned);
            }
        }
    }

    /// <summary>Entries, each of which says how far the next one is; 0 for none.</summary>
    private IEnumerable<long> Chain(long first, int next)
    {
        for (long entry = first; ; entry += Word(entry + next))
        {
            yield return entry;
            if (Word(entry + next) == 0)
            {
                yield break;
            }
        }
    }

    private (long Offset, long Length, int Link) Section(uint type)
    {
        int size = Half(0x3A), count = Half(0x3C);
        for (int i = 0; i < count; i++)
        {
            long at = Table + ((long)i * size);
            if (Word(at + 4) == type)
            {
                return (Long(at + 24), Long(at + 32), (int)Word(at + 40));
            }
        }

        throw new InvalidDataException(FormattableString.Invariant($"The library has no section of type {type:x}."));
    }

    private long Strings(int section) => Long(Table + ((long)section * Half(0x3A)) + 24);

    private ushort Half(long at) => BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan((int)at));

    private uint Word(long at) => BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan((int)at));

    private long Long(long at) => BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan((int)at));

    private string Text(long at) => Encoding.ASCII.GetString(elf, (int)at, Array.IndexOf(elf, (byte)0, (int)at) - (int)at);
}
