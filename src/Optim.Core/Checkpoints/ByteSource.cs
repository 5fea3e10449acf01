using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Optim.Checkpoints;

/// <summary>Random access to bytes: a file, a large file mapped into memory, or memory.</summary>
internal abstract unsafe class ByteSource : IDisposable
{
    /// <summary>From this size on a file is mapped into memory: only what is needed is read, and nothing is copied twice.</summary>
    private const long LeastMapped = 64L << 20;

    public abstract long Length { get; }

    /// <summary>Some bytes, in place or, if they must be read, in the given scratch memory, which is at least as long.</summary>
    /// <exception cref="EndOfStreamException">The file was truncated.</exception>
    public abstract ReadOnlySpan<byte> Bytes(long offset, int length, Span<byte> scratch);

    public abstract void Dispose();

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied, or it is a folder.</exception>
    /// <exception cref="NotSupportedException">It is not a regular file.</exception>
    public static ByteSource Open(string path, long leastMapped = LeastMapped)
    {
        RegularFile.Require(path);
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            long length = RandomAccess.GetLength(handle);
            return length >= leastMapped && length > 0 ? new Mapped(handle, length) : new OnDisk(handle, length);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public static ByteSource Of(ReadOnlyMemory<byte> bytes) => new InMemory(bytes);

    private sealed class OnDisk(SafeFileHandle handle, long length) : ByteSource
    {
        public override long Length => length;

        public override ReadOnlySpan<byte> Bytes(long offset, int length, Span<byte> scratch)
        {
            var target = scratch[..length];
            for (int done = 0; done < length;)
            {
                int read = RandomAccess.Read(handle, target[done..], offset + done);
                done += read > 0 ? read : throw new EndOfStreamException();
            }

            return target;
        }

        public override void Dispose() => handle.Dispose();
    }

    private sealed class Mapped : ByteSource
    {
        private readonly SafeFileHandle handle;
        private readonly MemoryMappedFile file;
        private readonly MemoryMappedViewAccessor view;
        private byte* pointer;

        public Mapped(SafeFileHandle handle, long length)
        {
            this.handle = handle;
            Length = length;
            file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            pointer += view.PointerOffset;
        }

        public override long Length { get; }

        public override ReadOnlySpan<byte> Bytes(long offset, int length, Span<byte> scratch)
        {
            ObjectDisposedException.ThrowIf(pointer is null, this);
            return new(pointer + offset, length);
        }

        public override void Dispose()
        {
            if (pointer is not null)
            {
                pointer = null;
                view.SafeMemoryMappedViewHandle.ReleasePointer();
                view.Dispose();
                file.Dispose();
                handle.Dispose();
            }
        }
    }

    private sealed class InMemory(ReadOnlyMemory<byte> bytes) : ByteSource
    {
        public override long Length => bytes.Length;

        public override ReadOnlySpan<byte> Bytes(long offset, int length, Span<byte> scratch) => bytes.Span.Slice((int)offset, length);

        public override void Dispose()
        {
        }
    }
}
