import { createServer, type Server, type Socket } from 'node:net';

const READ_COILS = 1;
const READ_HOLDING_REGISTERS = 3;
const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;

/** A Modbus TCP device (Modbus Messaging on TCP/IP, 1.0b) whose holding registers and coils can be read: a small part of the protocol. */
export class ModbusDevice {
  /** By number, from 0; each has 16 bits. */
  readonly registers = new Uint16Array(100);
  /** By number, from 0. */
  readonly coils = new Set<number>();
  private readonly connections = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.connections.add(socket);
      socket.on('error', () => undefined).on('close', () => this.connections.delete(socket));
      let received = Buffer.alloc(0);
      socket.on('data', (data) => {
        received = Buffer.concat([received, data]);
        // A request to read has twelve bytes: seven of header, the function, the first register and their number.
        for (; received.length >= 12; received = received.subarray(12)) socket.write(this.answer(received));
      });
    });
  }

  static async start(): Promise<ModbusDevice> {
    const device = new ModbusDevice(createServer());
    await new Promise<void>((resolve) => device.server.listen(0, '127.0.0.1', resolve));
    return device;
  }

  /** As Telegraf names it. */
  get url(): string {
    const address = this.server.address();
    return `tcp://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  /** Writes 32-bit IEEE 754 into two registers, the high word first (byte order ABCD). */
  setFloat32(register: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(value);
    this.registers[register] = bytes.readUInt16BE(0);
    this.registers[register + 1] = bytes.readUInt16BE(2);
  }

  setInt16(register: number, value: number): void {
    this.registers[register] = value;
  }

  async stop(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: Buffer): Buffer {
    const code = request.readUInt8(7);
    const first = request.readUInt16BE(8);
    const count = request.readUInt16BE(10);
    if (code === READ_COILS) {
      // Eight coils in a byte, the first one in its lowest bit.
      const bits = Array.from({ length: count }, (_, at) => Number(this.coils.has(first + at)));
      const bytes = Array.from({ length: Math.ceil(count / 8) }, (_, at) =>
        bits.slice(8 * at, 8 * at + 8).reduceRight((byte, bit) => 2 * byte + bit, 0),
      );
      return frame(request, Buffer.from([code, bytes.length, ...bytes]));
    }
    if (code !== READ_HOLDING_REGISTERS) return frame(request, Buffer.from([code + 0x80, ILLEGAL_FUNCTION]));
    if (first + count > this.registers.length)
      return frame(request, Buffer.from([code + 0x80, ILLEGAL_ADDRESS]));
    const body = Buffer.alloc(2 + 2 * count);
    body.writeUInt8(code, 0);
    body.writeUInt8(2 * count, 1);
    this.registers.subarray(first, first + count).forEach((word, at) => body.writeUInt16BE(word, 2 + 2 * at));
    return frame(request, body);
  }
}

/** The header of an answer: transaction, protocol, length and unit of the request. */
function frame(request: Buffer, body: Buffer): Buffer {
  const header = Buffer.from(request.subarray(0, 7));
  header.writeUInt16BE(body.length + 1, 4);
  return Buffer.concat([header, body]);
}
